using System.Net;
using Serverless.Functions.Hosting;
using Serverless.Functions.Providers;

namespace Serverless.Functions.Tests.Providers;

public sealed class OutboundHostsTests
{
    private readonly OutboundHosts _hosts = new(new GatewayOptions
    {
        AllowedHosts = ["api.example.com", "inner.local:9000", "*.models.example", "[::1]:7000"],
        GpuWorkerBaseUrl = new Uri("http://localhost:8080"),
    });

    [Theory]
    [InlineData("https://api.example.com/v1", true)]
    [InlineData("https://API.EXAMPLE.COM:8443", true)]
    [InlineData("http://inner.local:9000", true)]
    [InlineData("http://inner.local:9001", false)]
    [InlineData("http://localhost:8080", true)]
    [InlineData("http://localhost:8081", false)]
    [InlineData("http://127.0.0.1:8080", false)]
    [InlineData("http://[::1]:7000", true)]
    [InlineData("http://[::1]:7001", false)]
    [InlineData("https://a.models.example", true)]
    [InlineData("https://models.example", false)]
    [InlineData("http://a.models.example", false)]
    [InlineData("https://evilmodels.example", false)]
    [InlineData("https://api.example.com.evil.net", false)]
    [InlineData("http://169.254.169.254/latest", false)]
    public void Route_NamingAHost_IsAllowedOnlyWhenListed(string uri, bool allowed) => Assert.Equal(allowed, _hosts.WhyNot(new Uri(uri)) is null);

    [Theory]
    [InlineData("http://127.1")]
    [InlineData("http://127.0.1")]
    [InlineData("http://2130706433")]
    [InlineData("http://0x7f000001")]
    [InlineData("http://0x7f.1")]
    [InlineData("http://0177.0.0.1")]
    [InlineData("http://017700000001")]
    [InlineData("http://127.0.0.1.")]
    [InlineData("http://localhost.")]
    [InlineData("http://LOCALHOST")]
    [InlineData("http://localhost:8081")]
    [InlineData("http://[::]")]
    [InlineData("http://[::1]")]
    [InlineData("http://[0:0:0:0:0:0:0:1]")]
    [InlineData("http://[::ffff:127.0.0.1]")]
    [InlineData("http://[::ffff:7f00:1]")]
    [InlineData("http://[::127.0.0.1]")]
    [InlineData("http://0")]
    [InlineData("http://0.0.0.0")]
    [InlineData("http://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460")]
    [InlineData("http://127\u30020\u30020\u30021")]
    [InlineData("http://api.example.com@127.0.0.1")]
    [InlineData("https://a.models.example@127.0.0.1")]
    [InlineData("https://127.0.0.1#@a.models.example")]
    [InlineData("https://127.0.0.1?.models.example")]
    [InlineData("https://127.0.0.1/.models.example")]
    [InlineData("https://127.0.0.1\\.models.example")]
    [InlineData("http://169.254.169.254")]
    [InlineData("http://0xa9fea9fe")]
    [InlineData("http://2852039166")]
    [InlineData("http://0251.0376.0251.0376")]
    [InlineData("http://[fd00:ec2::254]")]
    [InlineData("http://metadata.google.internal")]
    [InlineData("http://100.100.100.200")]
    [InlineData("http://168.63.129.16")]
    [InlineData("http://10.0.0.1")]
    [InlineData("http://192.168.0.1")]
    [InlineData("http://172.16.0.1")]
    [InlineData("http://[fe80::1]")]
    [InlineData("http://inner.local.:9001")]
    [InlineData("http://a.models.example")]
    public void Route_NamingAPrivateAddressInAnySpelling_IsRefused(string uri) =>
        Assert.True(!Uri.TryCreate(uri, UriKind.Absolute, out var parsed) || _hosts.WhyNot(parsed) is not null, uri);

    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("2606:4700::1111", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("172.16.0.1", false)]
    [InlineData("172.32.0.1", true)]
    [InlineData("192.168.1.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("168.63.129.16", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("::1", false)]
    [InlineData("::", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fd00::1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("::ffff:8.8.8.8", true)]
    [InlineData("2002:7f00:1::", false)]
    [InlineData("64:ff9b::7f00:1", false)]
    [InlineData("64:ff9b:1::7f00:1", false)]
    [InlineData("::127.0.0.1", false)]
    [InlineData("::10.0.0.1", false)]
    [InlineData("2001::7f00:1", false)]
    [InlineData("2001:4860:4860::8888", true)]
    public void Address_OfAWildcardHost_MustBePublic(string address, bool isPublic) => Assert.Equal(isPublic, OutboundHosts.IsPublic(IPAddress.Parse(address)));
}
