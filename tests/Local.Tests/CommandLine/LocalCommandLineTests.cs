using Local.Tests.Support;
using Serverless.Local.CommandLine;

namespace Local.Tests.CommandLine;

public sealed class LocalCommandLineTests
{
    [Fact]
    public void Parse_Nothing_HasTheDefaults() => Assert.Equal(
        new LocalOptions { Port = 7071, WorkerPort = 8080, DataDirectory = ".local", Fresh = false, Samples = true, Help = false }, LocalCommandLine.Parse([]));

    [Fact]
    public void Parse_EveryOption_IsRead() => Assert.Equal(
        new LocalOptions { Port = 1, WorkerPort = 0, DataDirectory = "-x", Fresh = true, Samples = false, Help = true },
        LocalCommandLine.Parse(["--port", "1", "--worker-port=0", "--data", "-x", "--fresh", "--no-samples", "-h"]));

    [Fact]
    public void Parse_ModelsAndInstances_AreRead()
    {
        using var folder = new TemporaryFolder();

        var options = LocalCommandLine.Parse(["--llama", folder.Path, "--instructor=" + folder.Path, "--openai-endpoint", "http://localhost:11434/v1", "--openai-model", "llama3", "--instances", "3"]);

        Assert.Equal(
            new LocalOptions { Llama = folder.Path, Instructor = folder.Path, OpenAiEndpoint = new Uri("http://localhost:11434/v1"), OpenAiModel = "llama3", Instances = 3 }, options);
    }

    [Fact]
    public void Parse_SeveralHosts_AreAllPermitted() =>
        Assert.Equal(["a.example.com", "*.b.example.com"], LocalCommandLine.Parse(["--allow-host", "a.example.com", "--allow-host=*.b.example.com"]).AllowedHosts);

    [Theory]
    [InlineData("Unknown option '--prot'", "--prot", "1")]
    [InlineData("Unknown option 'serve'", "serve")]
    [InlineData("--port needs a value", "--port")]
    [InlineData("--port needs a value", "--port", "--fresh")]
    [InlineData("--data needs a value", "--data=")]
    [InlineData("--port is \"65536\"; 0 to 65535 is permitted", "--port", "65536")]
    [InlineData("--worker-port is \"-1\"; 0 to 65535 is permitted", "--worker-port", "-1")]
    [InlineData("--fresh takes no value", "--fresh=yes")]
    [InlineData("--port and --worker-port are both 9", "--port", "9", "--worker-port", "9")]
    [InlineData("--llama is \"/no/such/folder\", which is no folder", "--llama", "/no/such/folder")]
    [InlineData("--instructor needs a value", "--instructor")]
    [InlineData("--instances is \"0\"; 1 to 8 is permitted", "--instances", "0")]
    [InlineData("--instances is \"9\"; 1 to 8 is permitted", "--instances", "9")]
    [InlineData("--openai-endpoint is \"localhost:11434\"; an http or https URL", "--openai-endpoint", "localhost:11434", "--openai-model", "m")]
    [InlineData("--openai-endpoint is \"http://key@host/v1\"; an http or https URL", "--openai-endpoint", "http://key@host/v1", "--openai-model", "m")]
    [InlineData("--openai-endpoint and --openai-model are given together", "--openai-endpoint", "http://localhost:11434/v1")]
    [InlineData("--openai-endpoint and --openai-model are given together", "--openai-model", "m")]
    [InlineData("--allow-host is \"https://a.example.com\"; a name without scheme", "--allow-host", "https://a.example.com")]
    [InlineData("--allow-host is \"a.example.com:80\"; a name without scheme", "--allow-host=a.example.com:80")]
    [InlineData("--allow-host is \"*\"; a name without scheme", "--allow-host", "*")]
    public void Parse_BadOptions_SaysWhatIsPermitted(string message, params string[] args)
    {
        var failure = Assert.Throws<LocalException>(() => LocalCommandLine.Parse(args));

        Assert.StartsWith(message, failure.Message, StringComparison.Ordinal);
        Assert.Equal(LocalException.BadUsage, failure.ExitCode);
        Assert.DoesNotContain('\n', failure.Message);
    }

    [Theory]
    [InlineData("--port")]
    [InlineData("--worker-port")]
    [InlineData("--data")]
    [InlineData("--fresh")]
    [InlineData("--no-samples")]
    [InlineData("--instances")]
    [InlineData("--llama")]
    [InlineData("--instructor")]
    [InlineData("--openai-endpoint")]
    [InlineData("--allow-host")]
    public void Help_Option_IsListed(string option) => Assert.Contains($"  {option} ", LocalCommandLine.Help, StringComparison.Ordinal);
}
