using Microsoft.AspNetCore.Http;
using Serverless.Local.FrontDoor;

namespace Serverless.Local.Tests.FrontDoor;

public sealed class HostNamesTests
{
    [Theory]
    [InlineData("localhost", true)]
    [InlineData("LOCALHOST:7071", true)]
    [InlineData("app.localhost:7071", true)]
    [InlineData("127.0.0.1:7071", true)]
    [InlineData("[::1]:7071", true)]
    [InlineData("a.example.com", true)]
    [InlineData("x.b.example.com:443", true)]
    [InlineData("", true)]
    [InlineData("b.example.com", false)]
    [InlineData("rebound.attacker.example:7071", false)]
    [InlineData("localhost.attacker.example", false)]
    [InlineData("attacker.example#localhost", false)]
    [InlineData("127.0.0.1.nip.io", false)]
    [InlineData("10.0.0.1:7071", false)]
    public void Permits_AnyHost_OnlyThisMachinesNamesAndThoseAllowed(string host, bool expected) =>
        Assert.Equal(expected, new HostNames(["a.example.com", "*.b.example.com"]).Permits(new HostString(host)));
}
