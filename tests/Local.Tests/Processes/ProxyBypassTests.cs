using Serverless.Local.Processes;

namespace Serverless.Local.Tests.Processes;

public sealed class ProxyBypassTests
{
    [Theory]
    [InlineData(null, "localhost,127.0.0.1,::1,[::1]")]
    [InlineData("", "localhost,127.0.0.1,::1,[::1]")]
    [InlineData(" .corp.example , 10.0.0.1,", ".corp.example,10.0.0.1,localhost,127.0.0.1,::1,[::1]")]
    [InlineData("LOCALHOST,::1", "LOCALHOST,::1,127.0.0.1,[::1]")]
    [InlineData("*", "*,localhost,127.0.0.1,::1,[::1]")]
    public void With_HostsThatAreGiven_AddsLoopbackToThem(string? given, string hosts) => Assert.Equal(hosts, ProxyBypass.With(given));
}
