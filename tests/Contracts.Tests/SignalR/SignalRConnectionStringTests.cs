using Serverless.Contracts.SignalR;

namespace Serverless.Contracts.Tests.SignalR;

public sealed class SignalRConnectionStringTests
{
    private const string Key = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH";

    [Theory]
    [InlineData($"Endpoint=https://x.service.signalr.net;AccessKey={Key};Version=1.0;", "https://x.service.signalr.net/")]
    [InlineData($" endpoint = http://localhost ; port=8888; accesskey={Key}", "http://localhost:8888/")]
    [InlineData($"Endpoint=https://x.service.signalr.net/;AccessKey={Key}==", "https://x.service.signalr.net/")]
    public void Parse_Valid_ReadsEndpoint(string text, string endpoint)
    {
        var parsed = SignalRConnectionString.Parse(text, "AzureSignalRConnectionString");
        Assert.Equal(new Uri(endpoint), parsed.Endpoint);
        Assert.StartsWith(Key, parsed.AccessKey, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, parsed.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_ManagedIdentity_HasNoKey() =>
        Assert.Null(SignalRConnectionString.Parse("Endpoint=https://x.service.signalr.net;AuthType=azure.msi;Version=1.0;", "S").AccessKey);

    [Theory]
    [InlineData(null, "is empty")]
    [InlineData("Endpoint", "malformed")]
    [InlineData($"AccessKey={Key}", "Endpoint")]
    [InlineData($"Endpoint=ftp://x;AccessKey={Key}", "Endpoint")]
    [InlineData($"Endpoint=http://example.com;AccessKey={Key}", "https")]
    [InlineData("Endpoint=https://x", "AccessKey")]
    [InlineData("Endpoint=https://x;AccessKey=short-key", "AccessKey")]
    [InlineData($"Endpoint=https://x;AccessKey={Key};Port=70000", "Port")]
    [InlineData($"Endpoint=https://x;AccessKey={Key};Version=2.0", "Version")]
    [InlineData("Endpoint=https://x;AuthType=password", "AuthType")]
    public void Parse_Invalid_NamesSettingAndPartButNoKey(string? text, string part)
    {
        var error = Assert.Throws<FormatException>(() => SignalRConnectionString.Parse(text, "AzureSignalRConnectionString"));
        Assert.Contains("AzureSignalRConnectionString", error.Message, StringComparison.Ordinal);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("short-key", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, error.Message, StringComparison.Ordinal);
    }
}
