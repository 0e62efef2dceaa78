using Local.Tests.Support;
using Serverless.Local.Hosting;

namespace Local.Tests.Hosting;

public sealed class HostJsonTests
{
    [Fact]
    public void Read_TheRepositorysFile_HasWhatTheAppRelies_On()
    {
        var host = HostJson.Read(Path.Combine(RepositoryRoot.Path, "host.json"));

        Assert.Equal(string.Empty, host.RoutePrefix);
        Assert.Equal(5, host.Queues.MaxDequeueCount);
        Assert.True(host.Queues.Base64);
    }

    [Fact]
    public void Parse_Empty_HasAzuresDefaults() => Assert.Equal(HostJson.Default, HostJson.Parse("{}"));

    [Fact]
    public void Parse_CommentsAndTrailingCommas_ArePermitted() =>
        Assert.Equal(3, HostJson.Parse("""{ /* retries */ "extensions": { "queues": { "maxDequeueCount": 3, }, }, }""").Queues.MaxDequeueCount);

    [Theory]
    [InlineData("""{"extensions":{"queues":{"batchSize":33}}}""", "extensions.queues.batchSize is 33; 1 to 32 is permitted")]
    [InlineData("""{"extensions":{"queues":{"visibilityTimeout":"soon"}}}""", "extensions.queues.visibilityTimeout must be hh:mm:ss")]
    [InlineData("""{"extensions":{"queues":{"messageEncoding":"rot13"}}}""", "\"base64\" or \"none\" is permitted")]
    [InlineData("""{"functionTimeout":"0"}""", "functionTimeout is \"0\"")]
    public void Parse_OutOfRange_NamesTheSettingAndWhatIsPermitted(string json, string message) =>
        Assert.Contains(message, Assert.Throws<FormatException>(() => HostJson.Parse(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_NoJson_NamesTheFile()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["host.json"], "{");

        Assert.StartsWith(folder["host.json"], Assert.Throws<FunctionLoadException>(() => HostJson.Read(folder["host.json"])).Message, StringComparison.Ordinal);
    }
}
