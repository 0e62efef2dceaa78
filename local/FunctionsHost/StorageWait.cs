using System.Net.Sockets;

namespace Serverless.FunctionsHost;

/// <summary>
/// Waits until storage on this machine listens: the host is started beside it, not after it, and the Durable engine's start would fail. Storage that
/// is elsewhere is not waited for.
/// </summary>
internal static class StorageWait
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <exception cref="HostException">It does not listen in time.</exception>
    public static async Task UntilReachableAsync(HostSettings settings, TimeProvider time, CancellationToken cancellationToken)
    {
        var since = time.GetTimestamp();
        foreach (var endpoint in Endpoints(settings.Values.GetValueOrDefault("AzureWebJobsStorage")))
        {
            while (!await ListensAsync(endpoint, cancellationToken))
            {
                if (time.GetElapsedTime(since) > Limit) throw new HostException($"The storage of AzureWebJobsStorage does not listen on {endpoint.Authority}.");
                await Task.Delay(Interval, time, cancellationToken);
            }
        }
    }

    private static IEnumerable<Uri> Endpoints(string? connection) => (connection ?? string.Empty).Split(';')
        .Select(part => part.Split('=', 2))
        .Where(part => part.Length == 2 && part[0].EndsWith("Endpoint", StringComparison.OrdinalIgnoreCase))
        .Select(part => Uri.TryCreate(part[1], UriKind.Absolute, out var uri) ? uri : null)
        .OfType<Uri>()
        .Where(uri => uri.IsLoopback);

    private static async Task<bool> ListensAsync(Uri endpoint, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(endpoint.Host, endpoint.Port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
