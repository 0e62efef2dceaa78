using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Serverless.Local.CommandLine;

/// <summary>
/// Ports on 127.0.0.1 that nobody has, of 20,000 to 31,999: below the range from which operating systems give ports to outgoing connections and to whoever
/// asks for port 0, so that nobody takes one by accident before the process that it is meant for listens. A port that was found or kept is not found again
/// by this process, nor on Linux by any other that looks for one here, as long as this process lives.
/// </summary>
internal static class FreePort
{
    private const int First = 20000;
    private const int End = 32000;
    private const int Attempts = 200;

    private const int SocketLevel = 1; // SOL_SOCKET
    private const int ReuseAddress = 2; // SO_REUSEADDR

    /// <summary>The ports that this process found or kept, and on Linux the sockets that hold them.</summary>
    private static readonly ConcurrentDictionary<int, Socket?> Kept = new();

    /// <summary>One that is free now; any at all where none of 200 tried in that range is.</summary>
    public static int Find() => Find(static _ => true);

    /// <inheritdoc cref="Find()"/>
    /// <param name="permitted">Which of the range may be taken.</param>
    public static int Find(Func<int, bool> permitted)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var port = RandomNumberGenerator.GetInt32(First, End);
            if (permitted(port) && TryTake(port)) return port;
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

    /// <summary>Lets nobody find the port who looks for one here, until this process ends; whoever was told it can still listen on it.</summary>
    public static void Keep(int port)
    {
        // Where another holds it already, it is as good as kept.
        if (!TryTake(port)) Kept.TryAdd(port, null);
    }

    /// <summary>Takes the port for this process to give away; false where somebody has it.</summary>
    internal static bool TryTake(int port)
    {
        if (!OperatingSystem.IsLinux()) return IsFree(port) && Kept.TryAdd(port, null);

        // Linux lets two sockets bind to an address when both permit it and neither listens. Servers permit it (ASP.NET Core and Node.js do), so one that is
        // bound and never listens holds the port against those that do not permit it, which are the sockets below, and against nobody else.
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Unspecified); // for TCP by name .NET permits it before it binds
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            socket.SetRawSocketOption(SocketLevel, ReuseAddress, BitConverter.GetBytes(1));
            if (Kept.TryAdd(port, socket)) return true;
        }
        catch (SocketException)
        {
            // Somebody has it.
        }

        socket.Dispose();
        return false;
    }
}
