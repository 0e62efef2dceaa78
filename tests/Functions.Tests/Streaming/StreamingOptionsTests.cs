using Microsoft.Extensions.Configuration;
using Serverless.Functions.Streaming;

namespace Serverless.Functions.Tests.Streaming;

public sealed class StreamingOptionsTests
{
    private const string Connection = "Endpoint=https://x.service.signalr.net;AuthType=azure.msi;Version=1.0;";

    [Theory]
    [InlineData("SignalR:ConnectionString", "")]
    [InlineData("SignalR:ConnectionString", "Endpoint=https://x.service.signalr.net")]
    [InlineData("Streaming:MaxStreams", "0")]
    [InlineData("Streaming:MaxStreams", "10001")]
    [InlineData("Streaming:MaxStreams", "2.5")]
    [InlineData("Streaming:DrainSeconds", "-1")]
    [InlineData("Streaming:DrainSeconds", "601")]
    [InlineData("Streaming:KeepSeconds", "0")]
    [InlineData("Streaming:KeepSeconds", "601")]
    public void From_SettingOutOfRange_NamesTheKey(string key, string value) =>
        Assert.Contains(key, Assert.Throws<InvalidOperationException>(() => Read(new() { ["SignalR:ConnectionString"] = Connection, [key] = value })).Message, StringComparison.Ordinal);

    [Fact]
    public void From_ConnectionOnly_HasDefaults()
    {
        var options = Read(new() { ["SignalR:ConnectionString"] = Connection, ["Streaming:MaxStreams"] = "" });
        Assert.Equal((256, TimeSpan.FromSeconds(20)), (options.MaxStreams, options.DrainTime));
        Assert.Null(options.Connection.AccessKey);
    }

    private static StreamingOptions Read(Dictionary<string, string?> settings) =>
        StreamingOptions.From(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
}
