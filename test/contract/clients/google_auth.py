"""Google's Python library, as an application uses it: Application Default Credentials, and a key file. Prints JSON."""
import json, os, sys
import google.auth
from google.auth.transport.requests import Request
from google.oauth2 import id_token

url = os.environ["SERVICE_URL"]
request = Request()

credentials, project = google.auth.default()
credentials.refresh(request)
email = id_token.verify_oauth2_token(credentials.id_token, request)["email"]

os.environ["GOOGLE_APPLICATION_CREDENTIALS"] = sys.argv[1]
token = id_token.fetch_id_token(request, url)
claims = id_token.verify_oauth2_token(token, request, url)
status = request(url=url, headers={"Authorization": "Bearer " + token}).status

print(json.dumps({"default": {"email": email, "project": project}, "key": {"claims": dict(claims), "status": status}}))
