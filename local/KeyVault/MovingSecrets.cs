namespace Serverless.Local.KeyVault;

/// <summary>
/// Secrets that are between two states: Key Vault accepts a deletion and a recovery at once and carries them out after, and meanwhile the secret is neither here nor
/// there. Its caller holds one lock.
/// </summary>
internal sealed class MovingSecrets(TimeSpan takes, TimeProvider time)
{
    private readonly Dictionary<(string Vault, string Name), (bool IsDeletion, DateTimeOffset Until)> _moving = [];

    public void Begin(string vault, string name, bool isDeletion)
    {
        var now = time.GetUtcNow();
        foreach (var over in _moving.Where(m => m.Value.Until <= now).Select(m => m.Key).ToList()) _moving.Remove(over);
        if (takes > TimeSpan.Zero) _moving[KeyOf(vault, name)] = (isDeletion, now + takes);
    }

    public bool IsMoving(string vault, string name) => _moving.TryGetValue(KeyOf(vault, name), out var move) && time.GetUtcNow() < move.Until;

    /// <exception cref="KeyVaultException">409: it is being deleted or recovered.</exception>
    public void ThrowIfMoving(string vault, string name)
    {
        if (!IsMoving(vault, name)) return;
        throw _moving[KeyOf(vault, name)].IsDeletion
            ? new KeyVaultException(409, "Conflict", $"Secret {name} is currently being deleted and cannot be re-created; retry later.", "ObjectIsBeingDeleted")
            : new KeyVaultException(409, "Conflict", $"Secret {name} is currently being recovered; retry later.", "ObjectIsBeingRecovered");
    }

    private static (string Vault, string Name) KeyOf(string vault, string name) => (vault, name.ToLowerInvariant());
}
