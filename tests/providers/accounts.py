"""The one account that the stand-in knows at each provider."""

STRIPE = {"secret_key": "sk_test_51StandInLeak", "webhook_secret": "whsec_StandInLeak"}
ADYEN = {
    "api_key": "AQEstandInLeak",
    "merchant_account": "PreoStandIn",
    "hmac_key": "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056",
    "environment": "test",
}
