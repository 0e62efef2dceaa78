using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Tests.Hosting;

public sealed class PublicAddressTests
{
    [Theory]
    [InlineData(null, "gateway.example:8443", null, "http://gateway.example:8443")]
    [InlineData(null, "gateway.example", "https", "https://gateway.example")]
    [InlineData(null, "gateway.example", "gopher", "http://gateway.example")]
    [InlineData("https://public.example", "inner:7071", null, "https://public.example")]
    [InlineData("https://public.example/", "inner:7071", "http", "https://public.example")]
    public void Of_ARequest_IsTheSettingOrItsHost(string? setting, string host, string? forwarded, string expected) => Assert.Equal(expected, Address(setting).Of(Request(host, forwarded)));

    [Theory]
    [InlineData(null, "gateway.example", "https://gateway.example", true)]
    [InlineData(null, "gateway.example", "http://GATEWAY.example", true)]
    [InlineData(null, "gateway.example:8443", "https://gateway.example:8443", true)]
    [InlineData(null, "gateway.example:8443", "https://gateway.example", false)]
    [InlineData(null, "gateway.example", "https://gateway.example.evil", false)]
    [InlineData(null, "", "https://gateway.example", false)]
    [InlineData("https://public.example", "inner:7071", "https://public.example", true)]
    [InlineData("https://public.example", "inner:7071", "http://inner:7071", false)]
    public void IsOwn_AnOrigin_IsThatOfTheAddress(string? setting, string host, string origin, bool expected) => Assert.Equal(expected, Address(setting).IsOwn(new Uri(origin), Request(host, null)));

    [Theory]
    [InlineData("gateway.example")]
    [InlineData("ftp://gateway.example")]
    [InlineData("https://gateway.example/api")]
    [InlineData("https://gateway.example?x")]
    [InlineData("https://gateway.example#x")]
    [InlineData("https://user@gateway.example")]
    public void From_WhatIsNoAddressOfAHost_NamesTheSetting(string setting) =>
        Assert.StartsWith("Setting 'Gateway:PublicUrl' must be an http or https URL of a host", Assert.Throws<InvalidOperationException>(() => Address(setting)).Message, StringComparison.Ordinal);

    private static PublicAddress Address(string? setting) => PublicAddress.From(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["Gateway:PublicUrl"] = setting }).Build());

    private static HttpRequest Request(string host, string? forwarded)
    {
        var request = new DefaultHttpContext().Request;
        (request.Scheme, request.Host) = ("http", new HostString(host));
        if (forwarded is not null) request.Headers["X-Forwarded-Proto"] = forwarded;
        return request;
    }
}
