using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Serverless.Functions.Clients;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Streaming;

/// <summary>
/// Names of streams: 32 hexadecimal digits, of which the first 8 are the second of the start, 12 are random and 12 are a keyed hash of those and of whose
/// the stream is. So every instance knows, without asking or storing anything, whether a caller can have a stream of that name. The key is made by the first
/// who needs it and kept in <c>config/stream-key.json</c>; it protects nothing but this.
/// </summary>
public sealed class StreamIds(ConfigStore config, TimeProvider time)
{
    private const string Blob = "stream-key.json";
    private const int Bytes = 16;
    private const int Signed = 10;

    /// <summary>The longest that a stream can last and be stopped.</summary>
    internal static readonly TimeSpan Longest = TimeSpan.FromHours(2);

    private readonly ExpiringCache<byte[]> _key = new(time);

    public async ValueTask<string> NewAsync(Caller caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caller);
        var id = new byte[Bytes];
        BinaryPrimitives.WriteUInt32BigEndian(id, unchecked((uint)time.GetUtcNow().ToUnixTimeSeconds()));
        RandomNumberGenerator.Fill(id.AsSpan(4, Signed - 4));
        Sign(await KeyAsync(cancellationToken).ConfigureAwait(false), id.AsSpan(0, Signed), caller).AsSpan(0, Bytes - Signed).CopyTo(id.AsSpan(Signed));
        return Convert.ToHexStringLower(id);
    }

    /// <summary>Whether a stream of this name was started for the caller, and not so long ago that it must have ended.</summary>
    public async ValueTask<bool> IsOfAsync(string streamId, Caller caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(streamId);
        ArgumentNullException.ThrowIfNull(caller);
        var id = new byte[Bytes];
        if (streamId.Length != 2 * Bytes || !streamId.All(char.IsAsciiHexDigitLower)) return false;
        Convert.FromHexString(streamId).CopyTo(id, 0);
        var started = DateTimeOffset.FromUnixTimeSeconds(BinaryPrimitives.ReadUInt32BigEndian(id));
        if (time.GetUtcNow() - started > Longest) return false;
        var signature = Sign(await KeyAsync(cancellationToken).ConfigureAwait(false), id.AsSpan(0, Signed), caller);
        return CryptographicOperations.FixedTimeEquals(signature.AsSpan(0, Bytes - Signed), id.AsSpan(Signed));
    }

    private static byte[] Sign(byte[] key, ReadOnlySpan<byte> id, Caller caller) => HMACSHA256.HashData(key, (byte[])[.. id, .. Encoding.UTF8.GetBytes(caller.Subject)]);

    private async ValueTask<byte[]> KeyAsync(CancellationToken cancellationToken) =>
        (await _key.GetAsync(Blob, async stop => (await LoadAsync(stop).ConfigureAwait(false), TimeSpan.FromMinutes(10)), cancellationToken).ConfigureAwait(false))!;

    private async Task<byte[]?> LoadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await config.ReadAsync<StreamKey>(Blob, cancellationToken).ConfigureAwait(false) is { } stored) return stored.Value.Key;
            var made = new StreamKey(RandomNumberGenerator.GetBytes(32));
            if (await config.TryWriteAsync(Blob, made, null, cancellationToken).ConfigureAwait(false)) return made.Key;
        }
    }

    private sealed record StreamKey(byte[] Key)
    {
        public override string ToString() => nameof(StreamKey);
    }
}
