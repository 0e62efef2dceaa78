using System.Net;
using System.Net.Sockets;
using Serverless.Local.CommandLine;

namespace Local.Tests.CommandLine;

public sealed class FreePortTests
{
    [Fact]
    public void Find_Found_CanBeListenedOn()
    {
        using var listener = new TcpListener(IPAddress.Loopback, FreePort.Find());
        listener.Start();

        using var client = new TcpClient();
        client.Connect((IPEndPoint)listener.LocalEndpoint);
        Assert.True(client.Connected);
    }

    [Fact]
    public void Find_Found_IsNotFoundAgainBeforeAnybodyListens()
    {
        var found = FreePort.Find();

        Assert.False(FreePort.TryTake(found));
    }

    [Fact]
    public void Find_OneThatWasClaimed_IsNotFound()
    {
        var claimed = LoopbackPort.Claim(FreePort.Find(), "--worker-port", "GPU worker");

        Assert.False(FreePort.TryTake(claimed));
    }

    [Fact]
    public void Find_OneThatAnotherListensOn_IsNotFound()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var taken = ((IPEndPoint)other.LocalEndpoint).Port;

        Assert.False(FreePort.TryTake(taken));
    }

    /// <summary>Two stacks that start side by side: the second may not be given what the first has yet to listen on.</summary>
    [Fact]
    public void Find_Found_IsHeldAgainstOtherProcessesThatLook()
    {
        if (!OperatingSystem.IsLinux()) return;
        var found = FreePort.Find();

        // What TryTake of another process does.
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Unspecified);
        var failure = Assert.Throws<SocketException>(() => other.Bind(new IPEndPoint(IPAddress.Loopback, found)));
        Assert.Equal(SocketError.AddressAlreadyInUse, failure.SocketErrorCode);
    }
}
