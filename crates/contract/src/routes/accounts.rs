use domain::schema::Refresh;
use domain::{
    AccessToken, Account, IssuedAccessToken, IssuedTokens, LogIn, NewAccessToken, NewUser,
    UserPatch,
};
use serde_json::{Value, json};

use crate::operation::Operation;
use crate::types::{Types, items, status};

pub fn operations(types: &mut Types) -> Vec<Operation> {
    let account = types.json::<Account>();
    let tokens = types.json::<IssuedTokens<'static>>();
    let known = json!({ "email": "ayesha@example.com", "password": "correct horse battery" });
    let refresh = types.json::<Refresh>();
    vec![
        Operation::new("post", "/auth/register", "register", "Make an account")
            .takes(types.json::<NewUser>(), known.clone())
            .problems(&[409, 429, 503])
            .answers_with(201, "The account.", account.clone()),
        Operation::new("post", "/auth/login", "logIn", "Log in")
            .takes(types.json::<LogIn>(), known.clone())
            .problems(&[401, 429, 503])
            .answers("Tokens.", tokens.clone())
            .leads_to_document(200, "refresh", "refresh_token")
            .leads_to_document(200, "logOut", "refresh_token"),
        Operation::new("post", "/auth/refresh", "refresh", "Stay logged in")
            .about("A refresh token is good once; one that comes again ends its session.")
            .takes(refresh.clone(), shown())
            .problems(&[401, 429, 503])
            .answers("The next tokens.", tokens)
            .leads_to_document(200, "refresh", "refresh_token")
            .leads_to_document(200, "logOut", "refresh_token"),
        Operation::new("post", "/auth/logout", "logOut", "End a session")
            .about("A token that is none is answered the same.")
            .takes(refresh, shown())
            .problems(&[429, 503])
            .answers("It has ended.", status("logged_out", None)),
        Operation::new("post", "/auth/session", "beginSession", "Log a browser in")
            .about("For the web app's own pages: the session is a cookie that no script can read.")
            .takes(types.json::<LogIn>(), known)
            .problems(&[401, 403, 429, 503])
            .answers_with(204, "The cookie is set.", Value::Null),
        Operation::new("delete", "/auth/session", "endSession", "Log a browser out")
            .about("For the web app's own pages. Without a session it is answered the same.")
            .problems(&[403, 503])
            .answers_with(204, "The session has ended, and the cookie is gone.", Value::Null),
        Operation::new("get", "/auth/me", "getAccount", "Show the account")
            .needs_token()
            .problems(&[404])
            .answers("The account.", account.clone()),
        Operation::new("patch", "/auth/me", "updateAccount", "Change the account")
            .about("A new password ends every session.")
            .needs_person()
            .takes(
                types.json::<UserPatch>(),
                json!({ "timezone": "Asia/Karachi", "language": "ur" }),
            )
            .problems(&[404, 409, 429])
            .answers("The account as it is now.", account),
        Operation::new("get", "/auth/tokens", "listAccessTokens", "List personal access tokens")
            .needs_person()
            .answers("All of them, without their secrets.", items(types.schema::<AccessToken>())),
        Operation::new("post", "/auth/tokens", "createAccessToken", "Make a personal access token")
            .needs_person()
            .takes(
                types.json::<NewAccessToken>(),
                json!({ "name": "backup", "scopes": ["tasks:read"], "expires_at": null }),
            )
            .problems(&[409])
            .answers_with(
                201,
                "The token, whose secret is shown this once.",
                types.json::<IssuedAccessToken<'static>>(),
            )
            .header(201, "Location")
            .leads_to(201, &["revokeAccessToken"], "id", "/id"),
        Operation::new(
            "delete",
            "/auth/tokens/{id}",
            "revokeAccessToken",
            "Revoke a personal access token",
        )
        .needs_person()
        .answers("It is revoked.", status("revoked", Some("token_id"))),
    ]
}

/// A refresh token as a client shows it.
fn shown() -> Value {
    json!({ "refresh_token": "spr_from_the_last_answer" })
}
