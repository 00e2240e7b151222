"""The places that providers put into the names of regions, and the countries that they lie in."""

_PLACES = {
    "AE": "Abu Dhabi, Dubai, UAE",
    "AR": "Buenos Aires",
    "AT": "Austria, Vienna",
    "AU": "Australia, Canberra, Melbourne, New South Wales, Perth, Sydney, Victoria",
    "BD": "Gazipur",
    "BE": "Belgium, Brussels",
    "BH": "Bahrain",
    "BR": "Brazil, Rio, Sao Paulo, São Paulo, Vinhedo",
    "CA": "Beauharnois, Calgary, Canada, Montreal, Montréal, Quebec, Toronto",
    "CH": "Crissier, Geneva, Switzerland, Zurich, Zürich",
    "CL": "Chile, Santiago, Valparaiso",
    "CN": "Beijing, Chengdu, China (Fuzhou), China (Guangzhou), China (Hangzhou), China (Heyuan),"
    " China (Hohhot), China (Nanjing), China (Qingdao), China (Shanghai), China (Shenzhen),"
    " China (Ulanqab), China (Zhangjiakou), China East, China North, Ningxia",
    "CO": "Bogota, Colombia",
    "DE": "Berlin, Falkenstein, Frankfurt, Germany, Hamburg, Nuremberg, Rating",
    "DK": "Copenhagen, Denmark",
    "ES": "Madrid, Spain",
    "FI": "Finland, Helsinki",
    "FR": "France, Gravelines, Marseille, Paris, Roubaix, Strasbourg",
    "GB": "Cardiff, London, Newport, UK, United Kingdom",
    "GR": "Athens",
    "HK": "Hong Kong",
    "ID": "Indonesia, Jakarta",
    "IE": "Dublin, Ireland",
    "IL": "Israel, Jerusalem, Tel Aviv",
    "IN": "Bangalore, Chennai, Delhi, Hyderabad, India, Kolkata, Mumbai, Pune",
    "IT": "Italy, Milan, Rome, Turin",
    "JP": "Chiyoda, Ibaraki, Japan, Osaka, Saitama, Tokyo",
    "KR": "Busan, Chuncheon, Korea, Seoul, Suwon",
    "MX": "Mexico, Monterrey, Querétaro",
    "MY": "Kuala Lumpur, Malaysia",
    "NG": "Lagos",
    "NL": "Amsterdam, Netherlands",
    "NO": "Norway, Oslo",
    "NZ": "Auckland, New Zealand",
    "OM": "Muscat, Oman",
    "PE": "Lima",
    "PH": "Manila, Philippines",
    "PL": "Poland, Warsaw",
    "QA": "Doha, Qatar",
    "RS": "Jovanovac, Serbia",
    "SA": "Dammam, Jeddah, Riyadh, Saudi Arabia",
    "SE": "Gävle, Stockholm, Sweden",
    "SG": "Singapore",
    "TH": "Bangkok, Thailand",
    "TR": "Istanbul",
    "TW": "Taipei, Taiwan",
    "US": "Ashburn, Atlanta, Boston, California, Chicago, Columbus, Dallas, Denver, GovCloud,"
    " Hillsboro, Honolulu, Houston, Illinois, Iowa, Kansas City, Las Vegas, Los Angeles, Miami,"
    " Minneapolis, New York, Ohio, Oregon, Philadelphia, Phoenix, Portland, Reston, Sacramento,"
    " Salt Lake, San Francisco, San Jose, Seattle, Silicon Valley, South Carolina, Tacoma, Texas,"
    " US, United States, Utah, Virginia, Washington, Wyoming",
    "VN": "Hanoi",
    "ZA": "Cape Town, Johannesburg, South Africa",
}

COUNTRY_OF = {
    place.strip(): country for country, places in _PLACES.items() for place in places.split(",")
}
"""Place to alpha-2 code."""
