namespace Serverless.Local.Loopback;

/// <summary>What the local stack tells the hook, by environment variables; without them it does nothing.</summary>
/// <param name="Search"><c>SERVERLESS_LOCAL_SEARCH</c>: the AI Search emulator, for example http://127.0.0.1:20001.</param>
/// <param name="KeyVault"><c>SERVERLESS_LOCAL_KEYVAULT</c>: the Key Vault emulator.</param>
/// <param name="Token"><c>SERVERLESS_LOCAL_TOKEN</c>: the bearer token that both expect.</param>
internal sealed record HookSettings(Uri Search, Uri KeyVault, string Token)
{
    public const string ExitWithParent = "SERVERLESS_EXIT_WITH_PARENT";

    public static HookSettings? Read() =>
        Uri.TryCreate(Environment.GetEnvironmentVariable("SERVERLESS_LOCAL_SEARCH"), UriKind.Absolute, out var search)
        && Uri.TryCreate(Environment.GetEnvironmentVariable("SERVERLESS_LOCAL_KEYVAULT"), UriKind.Absolute, out var keyVault)
        && Environment.GetEnvironmentVariable("SERVERLESS_LOCAL_TOKEN") is { Length: > 0 } token
            ? new HookSettings(search, keyVault, token)
            : null;

    public override string ToString() => nameof(HookSettings);
}
