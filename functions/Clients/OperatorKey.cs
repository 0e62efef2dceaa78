using Serverless.Functions.Hosting;
using Serverless.Functions.Secrets;

namespace Serverless.Functions.Clients;

/// <summary>The first operator's key, with which the first clients are made: a setting, or the Key Vault secret <c>gateway-operator-key</c>.</summary>
public sealed class OperatorKey(GatewayOptions options, ISecretVault vault, TimeProvider time)
{
    public const string SecretName = "gateway-operator-key";

    private static readonly TimeSpan Keep = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan KeepNone = TimeSpan.FromSeconds(30);
    private static readonly Caller Operator = new("operator", ["*"], IsOperator: true);

    private readonly ExpiringCache<string> _hash = new(time);

    /// <summary>The operator, when <paramref name="key"/> is the operator's key.</summary>
    public async ValueTask<Caller?> AuthenticateAsync(string key, CancellationToken cancellationToken)
    {
        var hash = options.OperatorKey is { } setting
            ? ClientKey.Hash(setting)
            : await _hash.GetAsync(SecretName, LoadAsync, cancellationToken).ConfigureAwait(false);
        return !string.IsNullOrEmpty(hash) && ClientKey.Matches(key, hash) ? Operator : null;
    }

    // That there is none is kept too: otherwise every unknown key would be a read of the vault.
    private async Task<(string? Value, TimeSpan Keep)> LoadAsync(CancellationToken cancellationToken) =>
        await vault.GetAsync(SecretName, version: null, cancellationToken).ConfigureAwait(false) is { } secret && secret.Reveal().Length > 0
            ? (ClientKey.Hash(secret.Reveal()), Keep)
            : ("", KeepNone);
}
