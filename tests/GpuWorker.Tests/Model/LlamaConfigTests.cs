using System.Text.Json.Nodes;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Model;

public sealed class LlamaConfigTests : IDisposable
{
    private const string Llama2 = """
        {"architectures":["LlamaForCausalLM"],"model_type":"llama","hidden_act":"silu","vocab_size":32000,"hidden_size":4096,"intermediate_size":11008,
         "num_hidden_layers":32,"num_attention_heads":32,"max_position_embeddings":4096,"rms_norm_eps":1e-05,"rope_scaling":null,"eos_token_id":2,
         "tie_word_embeddings":false,"torch_dtype":"float16"}
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("config-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Read_Llama2_TakesItsDefaults()
    {
        var config = Read(Llama2);

        Assert.Equal(new LlamaConfig
        {
            VocabularySize = 32000,
            HiddenSize = 4096,
            IntermediateSize = 11008,
            Layers = 32,
            Heads = 32,
            KvHeads = 32,
            HeadSize = 128,
            ContextLength = 4096,
            EosTokens = config.EosTokens,
        }, config);
        Assert.Equal([2], config.EosTokens);
    }

    [Theory]
    [InlineData("rope_theta", "1e16", 1e16)]
    [InlineData("rope_theta", "500000", 500000)]
    [InlineData("rope_parameters", """{"rope_type":"default","rope_theta":20000.5}""", 20000.5)]
    public void Read_RopeTheta_IsAFloatOfAnySize(string field, string json, double expected) => Assert.Equal(expected, Read(With(field, json)).RopeTheta);

    [Fact]
    public void Read_RopeThetaInBothPlaces_MustBeTheSame()
    {
        string json = With("rope_theta", "10000")[..^1] + ""","rope_parameters":{"rope_type":"default","rope_theta":20000}}""";

        Assert.Contains("rope_theta and rope_parameters.rope_theta differ", Assert.Throws<CheckpointException>(() => Read(json)).Message, StringComparison.Ordinal);
        Assert.Equal(20000, Read(json.Replace("\"rope_theta\":10000", "\"rope_theta\":20000", StringComparison.Ordinal)).RopeTheta);
    }

    [Fact]
    public void Read_SeveralEosTokens_TakesAll() => Assert.Equal([2, 7], Read(With("eos_token_id", "[2,7]")).EosTokens);

    /// <summary>vLLM's #4180: an answer went on behind the end of its turn, which only generation_config.json names.</summary>
    [Theory]
    [InlineData("""{"eos_token_id":[2,9]}""", new[] { 2, 9 })]
    [InlineData("""{"eos_token_id":7}""", new[] { 2, 7 })]
    [InlineData("""{"eos_token_id":null}""", new[] { 2 })]
    public void Read_EosTokensOfTheGenerationConfig_EndAnswersToo(string generation, int[] expected)
    {
        File.WriteAllText(Path.Combine(_folder, "generation_config.json"), generation);
        Assert.Equal(expected, Read(Llama2).EosTokens);
    }

    [Theory]
    [InlineData("""{"eos_token_id":32000}""")]
    [InlineData("""{"eos_token_id":"two"}""")]
    [InlineData("[]")]
    public void Read_EosTokensOfTheGenerationConfigThatAreNone_NamesTheFile(string generation)
    {
        File.WriteAllText(Path.Combine(_folder, "generation_config.json"), generation);
        Assert.Contains("generation_config.json", Assert.Throws<CheckpointException>(() => Read(Llama2)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rope_scaling", """{"type":"linear","factor":2.0}""")]
    [InlineData("rope_parameters", """{"rope_type":"llama3"}""")]
    [InlineData("architectures", """["MistralForCausalLM"]""")]
    [InlineData("model_type", "\"gpt2\"")]
    [InlineData("hidden_act", "\"gelu\"")]
    [InlineData("attention_bias", "true")]
    [InlineData("mlp_bias", "true")]
    [InlineData("hidden_size", "\"wide\"")]
    [InlineData("hidden_size", "-1")]
    [InlineData("vocab_size", "1e99")]
    [InlineData("vocab_size", "null")]
    [InlineData("num_key_value_heads", "5")]
    [InlineData("head_dim", "20")]
    [InlineData("rope_theta", "0")]
    [InlineData("rms_norm_eps", "\"x\"")]
    [InlineData("eos_token_id", "\"</s>\"")]
    [InlineData("eos_token_id", "32000")]
    [InlineData("hidden_size", "4100")]
    [InlineData("hidden_size", "2147483647")]
    [InlineData("num_hidden_layers", "100000")]
    [InlineData("rope_parameters", """{"rope_type":"default","rope_theta":0}""")]
    [InlineData("tie_word_embeddings", "1")]
    public void Read_FieldThatCannotBeUsed_IsNamed(string field, string json)
    {
        var error = Assert.Throws<CheckpointException>(() => Read(With(field, json)));

        Assert.StartsWith("config.json: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(field == "rope_parameters" ? "rope_t" : field, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_TensorMissingOrOfAnotherShape_IsNamed()
    {
        using var model = new RandomLlama(RandomLlama.Tiny(), seed: 1);
        var tensors = model.Tensors.Values.ToList();
        string path = Path.Combine(model.Folder, "model.safetensors");

        SafetensorsWriter.Write(path, tensors.Where(t => t.Name != "model.layers.1.mlp.up_proj.weight"));
        Assert.Contains("lacks the tensor model.layers.1.mlp.up_proj.weight", Fault(), StringComparison.Ordinal);

        SafetensorsWriter.Write(path, tensors.Select(t => t.Name == "model.norm.weight" ? TensorData.FromFloats(t.Name, new float[41], [41]) : t));
        Assert.Contains("model.norm.weight has shape [41]; config.json asks for [40]", Fault(), StringComparison.Ordinal);

        SafetensorsWriter.Write(path, [.. tensors, TensorData.FromFloats("model.layers.2.mlp.up_proj.weight", [0], [1]), TensorData.FromFloats("model.layers.2.mlp.down_proj.weight", [0], [1])]);
        Assert.Contains("model.layers.2.mlp.down_proj.weight and 1 more tensors are not part of the model that config.json describes", Fault(), StringComparison.Ordinal);

        string Fault() => Assert.Throws<CheckpointException>(() => LlamaSession.Load(new LlamaSessionOptions
        {
            CheckpointPath = model.Folder,
            Blocks = 4,
            BlockSize = 16,
            MaxTokens = 8,
            MaxSequences = 2,
        })).Message;
    }

    private LlamaConfig Read(string json)
    {
        File.WriteAllText(Path.Combine(_folder, "config.json"), json);
        return LlamaConfig.Read(_folder);
    }

    private static string With(string field, string json)
    {
        var config = JsonNode.Parse(Llama2)!.AsObject();
        config[field] = JsonNode.Parse(json);
        return config.ToJsonString();
    }
}
