using Microsoft.Extensions.Configuration;
using Serverless.GpuWorker.Hosting;

namespace Serverless.GpuWorker.Tests.Hosting;

public sealed class CommandLineTests
{
    [Fact]
    public void Parse_Serve_SetsConfigurationKeys()
    {
        var commandLine = CommandLine.Parse(["serve", "--llama", "a", "--instructor=b", "--urls", "http://127.0.0.1:9"]);
        Assert.Null(commandLine.Error);
        Assert.Equal("serve", commandLine.Command);
        Assert.Equal(("a", "b", "http://127.0.0.1:9"), (commandLine.Settings["Worker:Llama"], commandLine.Settings["Worker:Instructor"], commandLine.Settings["Worker:Urls"]));
    }

    [Theory]
    [InlineData("serve, demo, convert, calibrate, plan or bench")]
    [InlineData("serve, demo, convert, calibrate, plan or bench", "run")]
    [InlineData("--nope", "serve", "--nope", "1")]
    [InlineData("--llama DIR", "serve", "--llama")]
    [InlineData("--llama DIR", "serve", "--llama", "--urls")]
    [InlineData("twice", "serve", "--llama", "a", "--llama", "b")]
    [InlineData("--output", "demo", "--output")]
    [InlineData("--input", "convert", "--input", "x")]
    [InlineData("--nope", "bench", "--nope", "1")]
    public void Parse_Wrong_SaysSoInOneLine(string part, params string[] args)
    {
        var error = CommandLine.Parse(args).Error;
        Assert.NotNull(error);
        Assert.Contains(part, error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error);
    }

    [Fact]
    public void Help_EveryServeOption_IsAPropertyAndIsListed()
    {
        Assert.Equal("help", CommandLine.Parse(["serve", "--help"]).Command);
        var properties = typeof(WorkerOptions).GetProperties().Select(p => $"Worker:{p.Name}").ToHashSet();
        Assert.All(CommandOptions.Serve, option =>
        {
            Assert.Contains(option.Key, properties);
            Assert.Contains(option.Name, CommandOptions.Help, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Read_Valid_HasNoErrors()
    {
        var (options, errors) = Read(("Llama", Path.GetTempPath()), ("MaxConnections", "7"), ("ApiKeys:0", "0123456789abcdef"), ("Urls", "http://*:80;http://[::1]:81"));
        Assert.Empty(errors);
        Assert.Equal(7, options.MaxConnections);
        Assert.Equal(["0123456789abcdef"], options.ApiKeys);
        Assert.DoesNotContain("0123456789abcdef", options.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MaxConnections", "many", "Worker:MaxConnections must be a whole number")]
    [InlineData("MaxConnections", "0", "Worker:MaxConnections must be from 1 to 100000")]
    [InlineData("AllowAnonymous", "perhaps", "Worker:AllowAnonymous must be true or false")]
    [InlineData("StallExitSeconds", "60", "Worker:StallExitSeconds must be from 90 to 7200")]
    [InlineData("Llama", "/does/not/exist", "Worker:Llama must name an existing folder")]
    [InlineData("Ranks", "3", "Worker:Ranks must be 1, 2, 4 or 8")]
    [InlineData("Speculation", "maybe", "Worker:Speculation must be true or false")]
    [InlineData("MaxDraftTokens", "0", "Worker:MaxDraftTokens must be from 1 to 64")]
    [InlineData("MaxDraftTokens", "65", "Worker:MaxDraftTokens must be from 1 to 64")]
    [InlineData("MaxPromptTokensBesideDecodes", "0", "Worker:MaxPromptTokensBesideDecodes must be from 1 to 512")]
    [InlineData("MaxPromptTokensBesideDecodes", "513", "Worker:MaxPromptTokensBesideDecodes must be from 1 to 512")]
    [InlineData("SpinMicroseconds", "100001", "Worker:SpinMicroseconds must be from 0 to 100000")]
    [InlineData("SpinMicroseconds", "true", "Worker:SpinMicroseconds must be a whole number")]
    [InlineData("PreemptByPriority", "yes", "Worker:PreemptByPriority must be true or false")]
    [InlineData("KvCacheFormat", "fp8", "Worker:KvCacheFormat must be one of float32, int8, float8")]
    [InlineData("ModelName", "a b", "Worker:ModelName must have")]
    [InlineData("ApiKeys:0", "short", "Worker:ApiKeys:0 must have from 16 to 512 characters")]
    [InlineData("Urls", "", "Worker:Urls must name at least one address")]
    [InlineData("Urls", "https://127.0.0.1:1", "Worker:Urls must hold addresses like")]
    [InlineData("Urls", "nonsense", "Worker:Urls must hold addresses like")]
    [InlineData("Urls", "http://127.0.0.1:65536", "Worker:Urls must hold addresses like")]
    [InlineData("Urls", "http://localhost:0", "Worker:Urls must hold addresses like")]
    [InlineData("Urls", "http://0.0.0.0:80", "Worker:Urls reaches beyond loopback")]
    [InlineData("Urls", "http://127.0.0.1:1;http://+:80", "Worker:Urls reaches beyond loopback")]
    public void Read_Wrong_NamesTheKeyAndTheRange(string key, string value, string expected)
    {
        var (_, errors) = Read(("Instructor", Path.GetTempPath()), (key, value));
        Assert.Contains(expected, Assert.Single(errors), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_SpeculationOnCuda_IsRefused() => Assert.Contains(
        "Worker:Speculation must be false with Worker:Device=cuda",
        Assert.Single(Read(("Instructor", Path.GetTempPath()), ("Device", "cuda"), ("Speculation", "true")).Errors),
        StringComparison.Ordinal);

    [Fact]
    public void Read_MoreRanksThanCores_AreRefusedUnlessAllowed()
    {
        var refused = Read(("Llama", Path.GetTempPath()), ("Ranks", "8")).Errors;
        Assert.Equal(Environment.ProcessorCount < 8 ? 1 : 0, refused.Count);
        Assert.All(refused, error => Assert.Contains($"Worker:Ranks is 8 and the machine has {Environment.ProcessorCount} cores", error, StringComparison.Ordinal));
        Assert.Empty(Read(("Llama", Path.GetTempPath()), ("Ranks", "8"), ("AllowOversubscription", "true")).Errors);
    }

    [Fact]
    public void Read_NoCheckpoint_SaysHowToNameOne() => Assert.Contains("--llama DIR", Assert.Single(Read().Errors), StringComparison.Ordinal);

    [Fact]
    public void Read_BeyondLoopbackAllowed_IsValid() => Assert.Empty(Read(("Llama", Path.GetTempPath()), ("Urls", "http://0.0.0.0:80"), ("AllowAnonymous", "true")).Errors);

    private static (WorkerOptions Options, IReadOnlyList<string> Errors) Read(params (string Key, string Value)[] settings) =>
        ConfiguredOptions.Read(new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => KeyValuePair.Create($"Worker:{s.Key}", (string?)s.Value))).Build());
}
