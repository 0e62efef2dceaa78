namespace Serverless.Local.Processes;

/// <summary>Readiness as seen over HTTP.</summary>
public static class HttpReadiness
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    /// <summary>Completes when <paramref name="address"/> answers with a success status (or, with <paramref name="anyStatus"/>, at all).</summary>
    public static async Task WaitAsync(Uri address, TimeProvider time, CancellationToken cancellationToken, bool anyStatus = false)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        while (true)
        {
            try
            {
                using var response = await http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
                if (anyStatus || response.IsSuccessStatusCode) return;
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
            {
                // Not listening yet.
            }

            await Task.Delay(Interval, time, cancellationToken);
        }
    }
}
