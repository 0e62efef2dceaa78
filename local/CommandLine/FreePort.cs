using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Serverless.Local.CommandLine;

/// <summary>
/// Ports on 127.0.0.1 that nobody has, of 20,000 to 31,999: below the range from which operating systems give ports to outgoing connections and to whoever
/// asks for port 0, so that nobody takes one by accident before the process that it is meant for listens.
/// </summary>
internal static class FreePort
{
    private const int First = 20000;
    private const int End = 32000;
    private const int Attempts = 200;

    /// <summary>One that is free now; any at all where none of 200 tried in that range is.</summary>
    public static int Find() => Find(static _ => true);

    /// <inheritdoc cref="Find()"/>
    /// <param name="permitted">Which of the range may be taken.</param>
    public static int Find(Func<int, bool> permitted)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var port = RandomNumberGenerator.GetInt32(First, End);
            if (permitted(port) && IsFree(port)) return port;
        }

        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Whether one can listen on it now.</summary>
    public static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
