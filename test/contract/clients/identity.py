"""ID tokens for the service, as the documentation of Google's library for Python has it. Prints JSON: what came of each credential."""
import json, multiprocessing, os, sys
import google.auth
from google.auth import compute_engine, external_account_authorized_user, identity_pool, impersonated_credentials
from google.auth.transport.requests import Request
from google.oauth2 import id_token

url = os.environ["SERVICE_URL"]
scopes = ["https://www.googleapis.com/auth/cloud-platform"]


def fetch(file, account):
    request = Request()
    if account:
        source, _ = google.auth.load_credentials_from_file(file, scopes=scopes)
        target = impersonated_credentials.Credentials(source, target_principal=account, target_scopes=scopes)
        credentials = impersonated_credentials.IDTokenCredentials(target, target_audience=url)
        credentials.refresh(request)
        return credentials.token
    if file:
        os.environ["GOOGLE_APPLICATION_CREDENTIALS"] = file
    return id_token.fetch_id_token(request, url)


def look(file, account):
    try:
        return {"token": fetch(file, account)}
    except Exception as error:
        return {"error": str(error).splitlines()[0]}


# Each in a process of its own, which has all that this one has loaded: they wait at the same time, and set variables.
credentials = json.loads(sys.argv[1])
with multiprocessing.get_context("fork").Pool(len(credentials)) as pool:
    print(json.dumps(pool.starmap(look, credentials, chunksize=1)))
