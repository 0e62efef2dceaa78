using Serverless.GpuWorker.Model.Checkpoints;

namespace Serverless.GpuWorker.Model.Encoders;

/// <summary>
/// A folder with a BERT cross-encoder as sentence-transformers' CrossEncoder and Hugging Face's optimum lay it out: <c>vocab.txt</c>, <c>model.onnx</c> (or <c>onnx/model.onnx</c>), and of
/// <c>config.json</c> and <c>tokenizer_config.json</c> those that are there (https://sbert.net/docs/package_reference/cross_encoder/cross_encoder.html). Its model is a sequence classification with one
/// logit: how well the second text answers the first.
/// </summary>
public sealed class RerankerFolder : BertModel
{
    private readonly string _folder;
    private readonly int? _vocabularySize;

    private RerankerFolder(string folder)
    {
        _folder = folder;
        Name = new DirectoryInfo(folder).Name;
        var config = BertFolder.Config(folder, "config.json");
        config?.Require("model_type", "bert");
        CheckLabels(config);
        _vocabularySize = BertFolder.VocabularySize(config);
        var tokenizer = BertFolder.Config(folder, "tokenizer_config.json");
        var positions = BertFolder.Positions(config);
        // Transformers writes a huge number where a tokenizer has no length of its own.
        var longest = tokenizer?.Number("model_max_length", positions) ?? positions;
        Settings = BertFolder.TokenizerSettings(tokenizer, (int)Math.Min(positions, longest));
        if (Settings.MaxTokens < LeastTokens) throw tokenizer!.Error("model_max_length", $"must be at least {LeastTokens}: three tokens stand around a pair");
    }

    public override string Name { get; }

    public override BertSettings Settings { get; }

    private const int LeastTokens = 8;

    /// <exception cref="CheckpointException">There is no such folder, or its settings ask for what is not supported.</exception>
    public static new RerankerFolder Open(string folder) =>
        Directory.Exists(folder) ? new RerankerFolder(folder) : throw new CheckpointException($"There is no reranker folder '{folder}'.");

    internal override (string? Path, byte[]? Bytes) OpenGraph() => (BertFolder.Graph(_folder, Name), null);

    protected override Stream OpenVocabulary() => File.OpenRead(Path.Combine(_folder, "vocab.txt"));

    protected override void CheckVocabulary(int pieces) => BertFolder.CheckVocabulary(Name, pieces, _vocabularySize);

    /// <summary>Several labels are classes, which are not to be ranked by.</summary>
    private static void CheckLabels(ConfigReader? config)
    {
        if (config is null) return;
        var labels = config.Section("id2label")?.Count ?? config.Size("num_labels", 1 << 16, 1);
        if (labels != 1) throw config.Error(config.Has("id2label") ? "id2label" : "num_labels", $"names {labels} labels; a reranker has 1");
    }
}
