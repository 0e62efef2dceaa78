namespace Serverless.Local.Processes;

/// <summary>
/// Keeps what listens on this machine out of a proxy's way: where the shell names one (<c>HTTP_PROXY</c>), the stack would ask it for its own services, and so would the processes that it starts.
/// </summary>
internal static class ProxyBypass
{
    private static readonly string[] Loopback = ["localhost", "127.0.0.1", "::1", "[::1]"];

    /// <summary>Adds loopback to the hosts that this process, and what it starts, ask directly. Before the first request: .NET reads them once.</summary>
    public static void Set()
    {
        // .NET and curl read the small name first, and the other only where that is not there.
        var given = Environment.GetEnvironmentVariable("no_proxy") ?? Environment.GetEnvironmentVariable("NO_PROXY");
        var hosts = With(given);
        Environment.SetEnvironmentVariable("no_proxy", hosts);
        Environment.SetEnvironmentVariable("NO_PROXY", hosts);
    }

    /// <param name="given">Hosts, separated by commas; null for none.</param>
    public static string With(string? given)
    {
        var hosts = (given ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return string.Join(',', hosts.Concat(Loopback).Distinct(StringComparer.OrdinalIgnoreCase));
    }
}
