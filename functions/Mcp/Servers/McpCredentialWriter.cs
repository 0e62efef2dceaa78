using Serverless.Functions.Dispatch;
using Serverless.Functions.Secrets;

namespace Serverless.Functions.Mcp.Servers;

/// <summary>Writes the key of one request to the vault once, however often the server's own write has to be tried.</summary>
internal sealed class McpCredentialWriter(ISecretVault vault, SecretCache secrets)
{
    private SecretReference? _written;
    private bool _isNew;

    /// <returns>The credential that the server must have; null for none.</returns>
    /// <exception cref="GatewayException">400: no key is given, and none is known for this address.</exception>
    public async Task<McpCredential?> EnsureAsync(McpServerDraft draft, McpServerDocument? current, CancellationToken cancellationToken)
    {
        if (draft.Credential is not { } wanted) return null;
        if (wanted.Value is { } key)
        {
            if (_written is null)
            {
                // Another address has another secret: who still knows the former address and is refused there asks for the latest version.
                var kept = current?.Url == draft.Server.Url ? current.Credential : null;
                _isNew = kept is null;
                var name = kept?.Secret.Name ?? $"mcp-{draft.Server.Name}-{Guid.NewGuid():N}";
                _written = await vault.SetAsync(name, key, cancellationToken).ConfigureAwait(false);
                secrets.Put(_written, key);
            }

            return new McpCredential(wanted.Header, wanted.Scheme, _written);
        }

        if (current?.Credential is { } known && current.Url == draft.Server.Url) return known with { Header = wanted.Header, Scheme = wanted.Scheme };
        throw GatewayException.Invalid("credential.value", "'credential.value' is required: no key is stored for this address.", "missing_field");
    }

    /// <summary>Takes back a secret that no server came to point at. Best effort: one that stays is unused, not wrong.</summary>
    public async Task UndoAsync()
    {
        if (_written is not null && _isNew) await secrets.TryDropAsync(_written).ConfigureAwait(false);
    }
}
