using Serverless.GpuWorker.Api;
using Serverless.GpuWorker.Api.Requests;
using Serverless.GpuWorker.Hosting;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;

namespace Serverless.GpuWorker.Tests.Hosting;

public sealed class GenerationConfigFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("config-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Read_NoFile_IsOpenAIsDefault() => Assert.Equal(new GenerationDefaults(1, 1, 0, 7), GenerationConfigFile.Read(_folder, 7));

    [Theory]
    [InlineData("""{"do_sample":true,"temperature":0.6,"top_p":0.9,"max_length":4096}""", 0.6, 0.9, 0)]
    [InlineData("""{"do_sample":false,"temperature":0.6}""", 0, 1, 0)]
    [InlineData("""{"top_k":50,"temperature":null}""", 1, 1, 50)]
    public void Read_File_GivesItsValues(string json, double temperature, double topP, int topK) =>
        Assert.Equal(new GenerationDefaults(temperature, topP, topK, 7), Read(json));

    /// <summary>As vLLM takes them: a tuned model's penalty and cut are part of how it was meant to answer.</summary>
    [Fact]
    public void Read_PenaltyCutAndLength_AreDefaultsToo() =>
        Assert.Equal(new GenerationDefaults(1, 1, 0, 256, 0.05, 1.1), Read("""{"repetition_penalty":1.1,"min_p":0.05,"max_new_tokens":256}"""));

    [Theory]
    [InlineData("""{"repetition_penalty":0}""", "repetition_penalty")]
    [InlineData("""{"min_p":1.5}""", "min_p")]
    [InlineData("""{"max_new_tokens":0}""", "max_new_tokens")]
    [InlineData("[]", "JSON object")]
    [InlineData("{", "JSON object")]
    [InlineData("""{"temperature":"warm"}""", "temperature")]
    [InlineData("""{"temperature":3}""", "temperature")]
    [InlineData("""{"top_p":0}""", "top_p")]
    [InlineData("""{"top_k":1.5}""", "top_k")]
    public void Read_Malformed_NamesTheField(string json, string part) => Assert.Contains(part, Assert.Throws<CheckpointException>(() => Read(json)).Message, StringComparison.Ordinal);

    private GenerationDefaults Read(string json)
    {
        File.WriteAllText(Path.Combine(_folder, GenerationConfigFile.FileName), json);
        return GenerationConfigFile.Read(_folder, 7);
    }
}
