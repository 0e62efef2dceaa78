using Serverless.Functions.Providers;

namespace Serverless.Functions.Mcp.Servers;

/// <summary>
/// One use of an upstream server, which may take several requests: how many bytes may come, and what came back that the SDK's exceptions do not tell. It goes with the flow of the calls, down to the handler that sends them.
/// </summary>
internal sealed class UpstreamExchange(long mostBytes)
{
    private static readonly AsyncLocal<UpstreamExchange?> Flow = new();

    private long _bytes;

    /// <summary>Of this flow; null for what the SDK sends by itself.</summary>
    public static UpstreamExchange? Current
    {
        get => Flow.Value;
        set => Flow.Value = value;
    }

    public long MostBytes { get; } = mostBytes;

    /// <summary>Of the last response; null where none came.</summary>
    public int? Status { get; private set; }

    /// <summary>As the last response says.</summary>
    public TimeSpan? RetryAfter { get; private set; }

    public bool IsTooLarge { get; private set; }

    /// <summary>Whether a credential was shown.</summary>
    public bool HadCredential { get; set; }

    /// <summary>Why nothing was sent; null where something was.</summary>
    public Exception? Fault { get; set; }

    public void Saw(HttpResponseMessage response, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(response);
        Status = (int)response.StatusCode;
        RetryAfter = RetryAfterHeader.Read(response, now);
    }

    /// <summary>Forgets what the last response said, before the same is tried again.</summary>
    public void Retry() => (Status, RetryAfter, _bytes) = (null, null, 0);

    /// <exception cref="IOException">More has come than may.</exception>
    public void Read(int bytes)
    {
        if (Interlocked.Add(ref _bytes, bytes) <= MostBytes) return;
        IsTooLarge = true;
        throw new IOException("The answer is larger than is permitted.");
    }
}
