/** Wire shapes of sts.googleapis.com v1. Source: RFC 8693 §2.1; Google's discovery document. */

/** Google's Security Token Service. */
export const stsTokenUrl = "https://sts.googleapis.com/v1/token";

/** Where a workforce login is renewed. */
export const stsOauthTokenUrl = "https://sts.googleapis.com/v1/oauthtoken";

export const tokenExchangeGrant = "urn:ietf:params:oauth:grant-type:token-exchange";

export const accessTokenType = "urn:ietf:params:oauth:token-type:access_token";
