using System.Net;
using System.Net.Sockets;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Providers;

/// <summary>
/// Which hosts the app may call: those that the settings name. A host named in full may be anywhere, this machine included; one that
/// only a wildcard admits must have a public address, checked when the connection is made, so that no name can be pointed inwards later.
/// </summary>
public sealed class OutboundHosts(GatewayOptions options)
{
    /// <summary>Why a route may not name this address; null when it may.</summary>
    public string? WhyNot(Uri uri)
    {
        ArgumentNullException.ThrowIfNull(uri);
        if (IsNamed(uri.IdnHost, uri.Port)) return null;
        if (!IsWildcard(uri.IdnHost, uri.Port)) return "must be on a host that the setting 'Gateway:AllowedHosts' lists.";
        if (uri.Scheme != Uri.UriSchemeHttps) return "must be https on a host that a wildcard of 'Gateway:AllowedHosts' admits.";
        return IPAddress.TryParse(uri.IdnHost.Trim('[', ']'), out _) ? "must be a name, not an address." : null;
    }

    /// <summary>Connects, to permitted addresses only; for <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    public async ValueTask<Stream> ConnectAsync(DnsEndPoint endPoint, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        var named = IsNamed(endPoint.Host, endPoint.Port);
        if (!named && !IsWildcard(endPoint.Host, endPoint.Port)) throw new HttpRequestException("The host is not permitted.");
        var addresses = await Dns.GetHostAddressesAsync(endPoint.Host, cancellationToken).ConfigureAwait(false);
        if (!named) addresses = [.. addresses.Where(IsPublic)];
        if (addresses.Length == 0) throw new HttpRequestException("The host has no permitted address.");

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, endPoint.Port, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Neither this machine, nor a private network, nor a cloud's metadata service, nor a multicast or reserved range.</summary>
    internal static bool IsPublic(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (IPAddress.IsLoopback(address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)) return false;
        var bytes = address.GetAddressBytes();
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            // Unique local fc00::/7, and the ranges that carry an IPv4 address inside (IPv4-compatible ::/96, 6to4 2002::/16, Teredo 2001::/32, NAT64 64:ff9b::/32).
            return !(address.IsIPv6LinkLocal || address.IsIPv6SiteLocal || address.IsIPv6Multicast || (bytes[0] & 0xfe) == 0xfc
                || bytes.AsSpan(0, 12).IndexOfAnyExcept((byte)0) < 0 || bytes.AsSpan(0, 4).SequenceEqual<byte>([0x20, 0x01, 0, 0])
                || (bytes[0] == 0x20 && bytes[1] == 0x02) || (bytes[0] == 0 && bytes[1] == 0x64 && bytes[2] == 0xff && bytes[3] == 0x9b));
        }

        return bytes switch
        {
            [0 or 10 or 127, ..] => false,
            [100, >= 64 and <= 127, ..] => false,
            // Azure's platform address: DNS, health probes, the instance's agent.
            [168, 63, 129, 16] => false,
            [169, 254, ..] => false,
            [172, >= 16 and <= 31, ..] => false,
            [192, 168, ..] or [192, 0, 0, _] => false,
            [198, 18 or 19, ..] => false,
            [>= 224, ..] => false,
            _ => true,
        };
    }

    private static bool HasHost(string entry, string host, int port)
    {
        var uri = new Uri($"http://{entry}/");
        var hasPort = entry.LastIndexOf(':') > entry.LastIndexOf(']');
        return string.Equals(uri.IdnHost, host.Trim('[', ']'), StringComparison.OrdinalIgnoreCase) && (!hasPort || uri.Port == port);
    }

    private bool IsNamed(string host, int port)
    {
        var worker = options.GpuWorkerBaseUrl;
        if (string.Equals(worker.IdnHost, host.Trim('[', ']'), StringComparison.OrdinalIgnoreCase) && worker.Port == port) return true;
        return options.AllowedHosts.Any(entry => !entry.StartsWith("*.", StringComparison.Ordinal) && HasHost(entry, host, port));
    }

    private bool IsWildcard(string host, int port) => options.AllowedHosts.Any(entry =>
    {
        if (!entry.StartsWith("*.", StringComparison.Ordinal)) return false;
        var colon = entry.LastIndexOf(':');
        var suffix = colon < 0 ? entry[1..] : entry[1..colon];
        return host.Length > suffix.Length && host.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)
            && (colon < 0 || entry[(colon + 1)..] == port.ToString(System.Globalization.CultureInfo.InvariantCulture));
    });
}
