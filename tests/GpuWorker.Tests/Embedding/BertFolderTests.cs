using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Encoders;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Graphs;

namespace Serverless.GpuWorker.Tests.Embedding;

public sealed class BertFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("bert-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Open_SentenceTransformersFiles_AreRead()
    {
        Write("config.json", """{"model_type":"bert","vocab_size":6,"max_position_embeddings":512}""");
        Write("sentence_bert_config.json", """{"max_seq_length":128,"do_lower_case":false}""");
        Write("tokenizer_config.json", """{"do_lower_case":false,"strip_accents":null,"tokenize_chinese_chars":false}""");
        Write("1_Pooling/config.json", """{"word_embedding_dimension":2,"pooling_mode_cls_token":true,"pooling_mode_mean_tokens":false,"pooling_mode_max_tokens":false,"include_prompt":false}""");
        Write("config_sentence_transformers.json", """{"prompts":{"query":"Q: ","passage":"P: "},"default_prompt_name":null}""");
        Write("modules.json", """[{"idx":0,"type":"sentence_transformers.models.Transformer"},{"type":"sentence_transformers.models.Pooling"},{"type":"sentence_transformers.models.Normalize"}]""");
        Assert.Equal(
            new BertSettings
            {
                Pooling = EncoderPooling.Cls,
                PoolsPrompt = false,
                QueryPrompt = "Q: ",
                DocumentPrompt = "P: ",
                MaxTokens = 128,
                LowerCase = false,
                StripAccents = null,
                SplitIdeographs = false,
            },
            BertModel.Open(_folder).Settings);
    }

    [Fact]
    public void Open_NoSettings_IsBertBaseUncasedWithMeanPooling() => Assert.Equal(new BertSettings(), BertModel.Open(_folder).Settings);

    [Theory]
    [InlineData("1_Pooling/config.json", """{"pooling_mode_max_tokens":true}""", "pooling_mode_max_tokens")]
    [InlineData("1_Pooling/config.json", """{"pooling_mode_cls_token":true,"pooling_mode_mean_tokens":true}""", "pooling_mode_mean_tokens")]
    [InlineData("1_Pooling/config.json", """{"pooling_mode_cls_token":1}""", "pooling_mode_cls_token")]
    [InlineData("modules.json", """[{"type":"sentence_transformers.models.Dense"}]""", "Dense")]
    [InlineData("modules.json", """{}""", "modules.json")]
    [InlineData("modules.json", "[1]", "modules.json")]
    [InlineData("config.json", """{"model_type":"xlm-roberta"}""", "model_type")]
    [InlineData("config.json", "[", "config.json")]
    [InlineData("sentence_bert_config.json", """{"max_seq_length":0}""", "max_seq_length")]
    [InlineData("config_sentence_transformers.json", """{"prompts":{"query":5}}""", "query")]
    public void Open_WhatIsNotSupported_NamesTheField(string file, string content, string field)
    {
        Write(file, content);
        Assert.Contains(field, Assert.Throws<CheckpointException>(() => BertModel.Open(_folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NeitherPackageNorFolder_SaysSo() =>
        Assert.Contains("nowhere", Assert.Throws<CheckpointException>(() => BertModel.Open(Path.Combine(_folder, "nowhere"))).Message, StringComparison.Ordinal);

    [Fact]
    public void LoadTokenizer_MissingOrTooLargeVocabulary_IsRefused()
    {
        Assert.Throws<CheckpointException>(() => BertModel.Open(_folder).LoadTokenizer());
        Write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\n");
        Assert.Equal(6, BertModel.Open(_folder).LoadTokenizer().VocabularySize);
        Write("config.json", """{"vocab_size":5}""");
        Assert.Contains("vocab_size", Assert.Throws<CheckpointException>(() => BertModel.Open(_folder).LoadTokenizer()).Message, StringComparison.Ordinal);
    }

    /// <summary>The model makes (id, id squared) of an id, so means are computed by hand; texts of many lengths share a batch.</summary>
    [Fact]
    public void Encode_Folder_PoolsWhatTheMaskSays()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "onnx"));
        File.WriteAllBytes(Path.Combine(_folder, "onnx", "model.onnx"), IdAndItsSquare());
        using var session = BertEncoderSession.Load(BertModel.Open(_folder), threads: 1);
        Assert.Equal((2, 512), (session.Dimensions, session.MaxTokens));
        var vectors = session.Encode([[2, 4, 3], [2, .. Enumerable.Repeat(5, 20), 3], [7]], [[1, 1, 1], [1, .. new int[21]], [1]]);
        Assert.Equal([[3, 29f / 3], [2, 4], [7, 49]], vectors);
    }

    [Theory]
    [InlineData("last_hidden_state", "ids", "input_ids")]
    [InlineData("pooled", "input_ids", "last_hidden_state")]
    public void Load_OtherInputsOrOutputs_IsRefused(string output, string input, string named)
    {
        File.WriteAllBytes(Path.Combine(_folder, "model.onnx"), IdAndItsSquare(input, output));
        Assert.Contains(named, Assert.Throws<CheckpointException>(() => BertEncoderSession.Load(BertModel.Open(_folder))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NoModelOrABrokenOne_IsRefused()
    {
        Assert.Contains("model.onnx", Assert.Throws<CheckpointException>(() => BertEncoderSession.Load(BertModel.Open(_folder))).Message, StringComparison.Ordinal);
        Write("model.onnx", "not a model");
        Assert.Contains("loaded", Assert.Throws<CheckpointException>(() => BertEncoderSession.Load(BertModel.Open(_folder))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_Int8OfAModelWithoutMatricesOrABrokenOne_IsRefused()
    {
        File.WriteAllBytes(Path.Combine(_folder, "model.onnx"), IdAndItsSquare());
        Assert.Contains("no product with a constant", Assert.Throws<CheckpointException>(() => BertEncoderSession.Load(BertModel.Open(_folder), format: WeightFormat.Int8)).Message, StringComparison.Ordinal);
        Write("model.onnx", "not a model");
        Assert.Contains("cannot be read", Assert.Throws<CheckpointException>(() => BertEncoderSession.Load(BertModel.Open(_folder), format: WeightFormat.Int8)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EmbeddedResource_MissingFileOrResource_IsRefused()
    {
        Assert.Contains("nothing.dll", Assert.Throws<CheckpointException>(() => EmbeddedResource.Read(Path.Combine(_folder, "nothing.dll"), "x")).Message, StringComparison.Ordinal);
        Write("text.dll", "not an assembly");
        Assert.Throws<CheckpointException>(() => EmbeddedResource.Read(Path.Combine(_folder, "text.dll"), "x"));
        Assert.Contains("resource x", Assert.Throws<CheckpointException>(() => EmbeddedResource.Read(typeof(BertFolder).Assembly.Location, "x")).Message, StringComparison.Ordinal);
        Assert.Equal("# Unicode"u8.ToArray(), EmbeddedResource.Read(typeof(BertFolder).Assembly.Location, "Tokenization.decompositions.txt")[..9]);
    }

    private static byte[] IdAndItsSquare(string input = "input_ids", string output = "last_hidden_state")
    {
        var graph = new OnnxGraph("squares");
        graph.Input(input, TensorElementType.Int64, "texts", "tokens");
        var id = graph.Node(OnnxDomain.Standard, "Unsqueeze", [graph.Node(OnnxDomain.Standard, "Cast", [input], ("to", 1)), graph.Constant(2)]);
        graph.Node(OnnxDomain.Standard, "Concat", [id, graph.Node(OnnxDomain.Standard, "Mul", [id, id])], [output], ("axis", -1));
        graph.Output(output, TensorElementType.Float, "texts", "tokens", 2);
        return graph.ToModel();
    }

    private void Write(string file, string content)
    {
        var path = Path.Combine(_folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }
}
