using System.Net;
using System.Net.Sockets;

namespace Serverless.Local.CommandLine;

/// <summary>Ports on 127.0.0.1.</summary>
public static class LoopbackPort
{
    /// <summary>The port, or a free one for 0; none of the stack's other services is given it.</summary>
    /// <exception cref="LocalException">It is taken, or not permitted; names the option that chooses another.</exception>
    public static int Claim(int port, string option, string purpose)
    {
        if (port == 0) return FreePort.Find();
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
        }
        catch (SocketException e)
        {
            var reason = e.SocketErrorCode == SocketError.AddressAlreadyInUse ? "is taken by another program" : $"cannot be used ({e.SocketErrorCode})";
            throw new LocalException($"Port {port} of the {purpose} {reason}. Choose another with {option} (0 takes a free one).");
        }

        FreePort.Keep(port);
        return port;
    }
}
