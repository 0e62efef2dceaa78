using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Demo;

/// <summary>
/// A T5 encoder in the folder layout of hkunlp/instructor-xl (sentence-transformers) whose weights are computed here, none
/// learnt. A text's vector is the sum of its words' codes, random signs by stem, weighted by how rare the word is: the cosine of
/// two vectors is that of their TF-IDF bags of words. It matches words and understands nothing; an instruction changes nothing.
/// </summary>
public static class DemoInstructor
{
    public const string ModelName = "demo-instructor";

    /// <summary>Length of a vector.</summary>
    public const int Dimensions = 256;

    public const int MaxTokens = 512;

    private const int ModelWidth = 320;
    private const int Layers = 1;
    private const int Heads = 4;
    private const int HeadSize = 32;
    private const int FeedForward = 256;
    private const int Buckets = 32;

    /// <summary>What EOS says: next to nothing, so that a text of no words still has a direction.</summary>
    private const double EosWeight = 0.002;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>A Unigram model like T5's own (NFKC, here with lower case), trained on this repository's texts.</summary>
    public static SentencePieceTokenizer Tokenizer() => new(SentencePieceModelReader.Read(DemoResources.Bytes("demo-instructor.model")));

    /// <summary>
    /// Writes the encoder, its tokenizer, the pooling, the projection and the list of modules into <paramref name="folder"/>,
    /// which is created; the same bytes every time.
    /// </summary>
    public static void Write(string folder, TensorType type = TensorType.F16)
    {
        foreach (var part in (string[])["", "1_Pooling", "2_Dense", "3_Normalize"]) Directory.CreateDirectory(Path.Combine(folder, part));
        var tokenizer = Tokenizer();
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), Encoder(tokenizer, type));
        SafetensorsWriter.Write(Path.Combine(folder, "2_Dense", "model.safetensors"), [Projection().ToTensor("linear.weight", type)]);
        File.WriteAllBytes(Path.Combine(folder, "spiece.model"), DemoResources.Bytes("demo-instructor.model"));
        Write(folder, "config.json", Config(tokenizer, type));
        Write(folder, "sentence_bert_config.json", new JsonObject { ["max_seq_length"] = MaxTokens, ["do_lower_case"] = false });
        Write(folder, "1_Pooling/config.json", new JsonObject
        {
            ["word_embedding_dimension"] = ModelWidth,
            ["pooling_mode_cls_token"] = false,
            ["pooling_mode_mean_tokens"] = true,
            ["pooling_mode_max_tokens"] = false,
            ["pooling_mode_mean_sqrt_len_tokens"] = false,
        });
        Write(folder, "2_Dense/config.json", new JsonObject
        {
            ["in_features"] = ModelWidth,
            ["out_features"] = Dimensions,
            ["bias"] = false,
            ["activation_function"] = "torch.nn.modules.linear.Identity",
        });
        Write(folder, "modules.json", new JsonArray(
            Module(0, "", "Transformer"), Module(1, "1_Pooling", "Pooling"), Module(2, "2_Dense", "Dense"), Module(3, "3_Normalize", "Normalize")));
    }

    private static IEnumerable<TensorData> Encoder(SentencePieceTokenizer tokenizer, TensorType type)
    {
        var inner = Heads * HeadSize;
        var ones = Enumerable.Repeat(1f, ModelWidth).ToArray();
        yield return Embeddings(tokenizer).ToTensor("shared.weight", type);
        for (var layer = 0; layer < Layers; layer++)
        {
            // All projections are zero: both parts of a layer add nothing, and the residual passes through.
            var attention = $"encoder.block.{layer}.layer.0.";
            foreach (var name in (string[])["q", "k", "v"])
                yield return new WeightMatrix(inner, ModelWidth).ToTensor($"{attention}SelfAttention.{name}.weight", type);
            yield return new WeightMatrix(ModelWidth, inner).ToTensor(attention + "SelfAttention.o.weight", type);
            if (layer == 0) yield return new WeightMatrix(Buckets, Heads).ToTensor(attention + "SelfAttention.relative_attention_bias.weight", type);
            yield return TensorData.FromFloats(attention + "layer_norm.weight", ones, [ModelWidth], type);
            var feedForward = $"encoder.block.{layer}.layer.1.";
            yield return new WeightMatrix(FeedForward, ModelWidth).ToTensor(feedForward + "DenseReluDense.wi.weight", type);
            yield return new WeightMatrix(ModelWidth, FeedForward).ToTensor(feedForward + "DenseReluDense.wo.weight", type);
            yield return TensorData.FromFloats(feedForward + "layer_norm.weight", ones, [ModelWidth], type);
        }

        yield return TensorData.FromFloats("encoder.final_layer_norm.weight", ones, [ModelWidth], type);
    }

    /// <summary>
    /// A row is weight x code, and in the numbers past the code whatever makes all rows equally long, so that the final RMS
    /// norm leaves the weights as they are.
    /// </summary>
    private static WeightMatrix Embeddings(SentencePieceTokenizer tokenizer)
    {
        var vocabulary = new DemoVocabulary(tokenizer);
        var rows = new WeightMatrix(vocabulary.Pieces.Count, ModelWidth);
        for (var id = 0; id < vocabulary.Pieces.Count; id++)
        {
            var piece = vocabulary.Pieces[id];
            var weight = id == tokenizer.EosId ? EosWeight : piece.Weight ?? 0;
            var random = new Random(piece.Stem);
            for (var i = 0; i < Dimensions; i++) rows[id, i] = weight * (random.Next(2) * 2 - 1);
            var filler = Math.Sqrt((1 - weight * weight) * Dimensions / (ModelWidth - Dimensions));
            for (var i = Dimensions; i < ModelWidth; i++) rows[id, i] = filler;
        }

        return rows;
    }

    private static WeightMatrix Projection()
    {
        var projection = new WeightMatrix(Dimensions, ModelWidth);
        for (var i = 0; i < Dimensions; i++) projection[i, i] = 1;
        return projection;
    }

    private static JsonObject Config(SentencePieceTokenizer tokenizer, TensorType type) => new()
    {
        ["architectures"] = new JsonArray("T5EncoderModel"),
        ["model_type"] = "t5",
        ["vocab_size"] = tokenizer.VocabularySize,
        ["d_model"] = ModelWidth,
        ["d_kv"] = HeadSize,
        ["d_ff"] = FeedForward,
        ["num_heads"] = Heads,
        ["num_layers"] = Layers,
        ["n_positions"] = MaxTokens,
        ["relative_attention_num_buckets"] = Buckets,
        ["relative_attention_max_distance"] = 128,
        ["feed_forward_proj"] = "relu",
        ["layer_norm_epsilon"] = 1e-6,
        ["pad_token_id"] = 0,
        ["eos_token_id"] = tokenizer.EosId,
        ["torch_dtype"] = type switch { TensorType.F16 => "float16", TensorType.BF16 => "bfloat16", _ => "float32" },
    };

    private static JsonObject Module(int index, string path, string type) =>
        new() { ["idx"] = index, ["name"] = $"{index}", ["path"] = path, ["type"] = $"sentence_transformers.models.{type}" };

    private static void Write(string folder, string name, JsonNode content) =>
        File.WriteAllText(Path.Combine(folder, name), content.ToJsonString(Indented) + "\n");
}
