using System.Collections.Concurrent;
using Azure;
using Azure.Identity;
using Serverless.Contracts;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Secrets;

/// <summary>
/// Credentials in memory. Key Vault is no database: it is read once for all who wait, again when a copy is old (with jitter, so
/// that instances do not come together), and again when a provider has refused the copy: then the secret's latest version, also where an older one is named, since
/// whoever rotates a key in the vault itself tells nobody. While the vault cannot be read, the last copy serves for at most
/// <see cref="GatewayOptions.SecretOutage"/>.
/// </summary>
public sealed class SecretCache(ISecretVault vault, GatewayOptions options, TimeProvider time)
{
    private static readonly TimeSpan LeastBetweenRefreshes = TimeSpan.FromSeconds(30);

    private readonly ExpiringCache<SecretText> _values = new(time);
    private readonly ConcurrentDictionary<SecretReference, TimeSpan> _refreshed = new();
    private readonly ConcurrentDictionary<SecretReference, Copy> _last = new();

    /// <returns>Null when the vault has no such secret.</returns>
    public ValueTask<SecretText?> GetAsync(SecretReference reference, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reference);
        return _values.GetAsync(
            KeyOf(reference),
            stop => ReadAsync(reference, stop),
            cancellationToken);
    }

    /// <summary>What was just written is known without asking.</summary>
    public void Put(SecretReference reference, SecretText value)
    {
        _last[reference] = new Copy(value, time.GetSteadyNow());
        _values.Set(KeyOf(reference), value, Jittered());
    }

    /// <summary>Forgets the copy that a provider has refused.</summary>
    /// <param name="refused">What was refused; null when the vault had none.</param>
    /// <returns>
    /// Whether another attempt is worth it: the copy is being read again, or is another one by now. False when it was read a moment ago and is the same, so that a
    /// wrong key does not turn into load on the vault.
    /// </returns>
    public bool Refresh(SecretReference reference, SecretText? refused)
    {
        ArgumentNullException.ThrowIfNull(reference);
        var now = time.GetSteadyNow();
        if (_refreshed.TryGetValue(reference, out var at) && now - at < LeastBetweenRefreshes)
        {
            // Whoever was refused with the former copy at the same time as others waits for the one reading, or has the new copy at once.
            return !_last.TryGetValue(reference, out var last) || last.ReadFor != at || last.Value.Reveal() != refused?.Reveal();
        }

        _refreshed[reference] = now;
        _values.Remove(KeyOf(reference));
        return true;
    }

    /// <summary>Forgets a secret for good.</summary>
    public void Forget(SecretReference reference)
    {
        _values.Remove(KeyOf(reference));
        _last.TryRemove(reference, out _);
        _refreshed.TryRemove(reference, out _);
    }

    /// <summary>Forgets a secret that nothing points at, and deletes it from the vault as well as can be: one that stays is unused, not wrong.</summary>
    /// <returns>Whether the vault has deleted it.</returns>
    public async Task<bool> TryDropAsync(SecretReference reference)
    {
        ArgumentNullException.ThrowIfNull(reference);
        Forget(reference);
        try
        {
            // Who asked for what let it go may be gone.
            await vault.DeleteAsync(reference.Name, CancellationToken.None).ConfigureAwait(false);
            return true;
        }
        catch (RequestFailedException)
        {
            return false;
        }
    }

    private async Task<(SecretText? Value, TimeSpan Keep)> ReadAsync(SecretReference reference, CancellationToken cancellationToken)
    {
        TimeSpan? refused = _refreshed.TryGetValue(reference, out var at) ? at : null;
        try
        {
            // The latest is in force where the route's own was refused, or was disabled in the vault.
            var (first, second) = refused is null ? (reference.Version, (string?)null) : (null, reference.Version);
            var value = await vault.GetAsync(reference.Name, first, cancellationToken).ConfigureAwait(false)
                ?? await vault.GetAsync(reference.Name, second, cancellationToken).ConfigureAwait(false);
            if (value is null) _last.TryRemove(reference, out _);
            else _last[reference] = new Copy(value, time.GetSteadyNow(), refused);
            return (value, Jittered());
        }
        catch (Exception exception) when (exception is RequestFailedException or AuthenticationFailedException or AggregateException or HttpRequestException)
        {
            // That there is no such secret is an answer of the vault; this is none.
            if (!_last.TryGetValue(reference, out var last) || time.GetSteadyNow() - last.ReadAt > options.SecretCache + options.SecretOutage) throw;
            return (last.Value, LeastBetweenRefreshes);
        }
    }

    private static string KeyOf(SecretReference reference) => $"{reference.Name}/{reference.Version}";

    private TimeSpan Jittered() => options.SecretCache * (0.9 + (0.2 * Random.Shared.NextDouble()));

    /// <param name="ReadFor">When the refusal was after which it was read; null for none.</param>
    private readonly record struct Copy(SecretText Value, TimeSpan ReadAt, TimeSpan? ReadFor = null);
}
