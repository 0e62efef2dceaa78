using Microsoft.Extensions.Configuration;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Tests.Hosting;

public sealed class GatewayOptionsTests
{
    [Theory]
    [InlineData("Gateway:AnonymousAccess", "everyone")]
    [InlineData("Gateway:OperatorKey", "short")]
    [InlineData("Gateway:AllowedHosts", "https://a/b")]
    [InlineData("Gateway:AllowedHosts", "*")]
    [InlineData("Gateway:AllowedHosts", "a.*.b")]
    [InlineData("Gateway:RouteCacheSeconds", "301")]
    [InlineData("Gateway:SecretCacheSeconds", "0")]
    [InlineData("Gateway:UpstreamTimeoutSeconds", "NaN")]
    [InlineData("Gateway:UpstreamIdleSeconds", "x")]
    [InlineData("Gateway:MaxAttempts", "6")]
    [InlineData("Gateway:MaxAttempts", "2.5")]
    [InlineData("Gateway:RetryBudgetSeconds", "-1")]
    [InlineData("GpuWorker:BaseUrl", "localhost:8080")]
    public void From_SettingOutOfRange_NamesTheKey(string key, string value)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new(key, value)]).Build();
        Assert.Contains($"'{key}'", Assert.Throws<InvalidOperationException>(() => GatewayOptions.From(configuration)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("WEBSITE_INSTANCE_ID")]
    [InlineData("WEBSITE_SITE_NAME")]
    public void From_AnonymousOperatorInAzure_IsRefused(string variable)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Gateway:AnonymousAccess", "operator"), new(variable, "app")]).Build();
        Assert.Contains("'Gateway:AnonymousAccess'", Assert.Throws<InvalidOperationException>(() => GatewayOptions.From(configuration)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void From_NoSettings_RefusesAnonymousCallers() =>
        Assert.Equal(AnonymousAccess.None, GatewayOptions.From(new ConfigurationBuilder().Build()).AnonymousAccess);
}
