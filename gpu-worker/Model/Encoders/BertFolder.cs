using System.Text.Json;
using Serverless.GpuWorker.Model.Checkpoints;

namespace Serverless.GpuWorker.Model.Encoders;

/// <summary>
/// A folder with a BERT encoder's <c>vocab.txt</c> and <c>model.onnx</c> (or <c>onnx/model.onnx</c>), and of sentence-transformers' files those that are there:
/// <c>modules.json</c>, <c>1_Pooling/config.json</c>, <c>sentence_bert_config.json</c>, <c>config_sentence_transformers.json</c>, beside <c>config.json</c> and
/// <c>tokenizer_config.json</c> (https://sbert.net/docs/package_reference/sentence_transformer/models.html).
/// </summary>
public sealed class BertFolder : BertModel
{
    private const int MostTokens = 1 << 16;
    private static readonly string[] Graphs = ["model.onnx", Path.Combine("onnx", "model.onnx")];
    private static readonly string[] Modules = ["Transformer", "Pooling", "Normalize"];

    private readonly string _folder;
    private readonly int? _vocabularySize;

    private BertFolder(string folder)
    {
        _folder = folder;
        Name = new DirectoryInfo(folder).Name;
        CheckModules();
        var config = Config("config.json");
        config?.Require("model_type", "bert");
        _vocabularySize = VocabularySize(config);
        var positions = Positions(config);
        var pooling = Config(Path.Combine("1_Pooling", "config.json"));
        var (query, document) = ReadPrompts();
        var most = Math.Min(positions, Config("sentence_bert_config.json")?.Size("max_seq_length", MostTokens, positions) ?? positions);
        Settings = TokenizerSettings(Config("tokenizer_config.json"), most) with
        {
            Pooling = ReadPooling(pooling),
            PoolsPrompt = pooling?.Flag("include_prompt", absent: true) ?? true,
            QueryPrompt = query,
            DocumentPrompt = document,
        };
    }

    public override string Name { get; }

    public override BertSettings Settings { get; }

    /// <exception cref="CheckpointException">There is no such folder, or its settings ask for what is not supported.</exception>
    public static new BertFolder Open(string folder) =>
        Directory.Exists(folder) ? new BertFolder(folder) : throw new CheckpointException($"There is no encoder package and no folder '{folder}'.");

    internal override (string? Path, byte[]? Bytes) OpenGraph() => (Graph(_folder, Name), null);

    /// <summary>The ONNX file of a folder.</summary>
    /// <exception cref="CheckpointException">There is none.</exception>
    internal static string Graph(string folder, string name) =>
        Graphs.Select(file => Path.Combine(folder, file)).FirstOrDefault(File.Exists) ?? throw new CheckpointException($"{name} has no {string.Join(" or ", Graphs)}.");

    /// <summary>A file of a folder; null where there is none.</summary>
    internal static ConfigReader? Config(string folder, string file) => Path.Combine(folder, file) is var path && File.Exists(path) ? ConfigReader.Open(path) : null;

    internal static int? VocabularySize(ConfigReader? config) => config is not null && config.Has("vocab_size") ? config.Size("vocab_size", 1 << 24) : null;

    /// <summary>Tokens that the model has positions for.</summary>
    internal static int Positions(ConfigReader? config) => config?.Size("max_position_embeddings", MostTokens, 512) ?? 512;

    /// <summary>How texts are cut into words, as <c>tokenizer_config.json</c> says.</summary>
    internal static BertSettings TokenizerSettings(ConfigReader? tokenizer, int maxTokens) => new()
    {
        MaxTokens = maxTokens,
        LowerCase = tokenizer?.Flag("do_lower_case", absent: true) ?? true,
        StripAccents = tokenizer is not null && tokenizer.Has("strip_accents") ? tokenizer.Flag("strip_accents") : null,
        SplitIdeographs = tokenizer?.Flag("tokenize_chinese_chars", absent: true) ?? true,
    };

    internal static void CheckVocabulary(string name, int pieces, int? size)
    {
        if (pieces > size) throw new CheckpointException($"{name}: vocab.txt has {pieces} pieces and config.json a vocab_size of {size}.");
    }

    protected override Stream OpenVocabulary() => File.OpenRead(Path.Combine(_folder, "vocab.txt"));

    protected override void CheckVocabulary(int pieces) => CheckVocabulary(Name, pieces, _vocabularySize);

    private static EncoderPooling ReadPooling(ConfigReader? config)
    {
        if (config is null) return EncoderPooling.Mean;
        foreach (var mode in (string[])["max_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens", "lasttoken"]) config.RequireFalse($"pooling_mode_{mode}");
        var (cls, mean) = (config.Flag("pooling_mode_cls_token"), config.Flag("pooling_mode_mean_tokens"));
        if (cls == mean) throw config.Error("pooling_mode_cls_token", "or pooling_mode_mean_tokens must be true, and not both");
        return cls ? EncoderPooling.Cls : EncoderPooling.Mean;
    }

    /// <summary>The prompts by sentence-transformers' names for them.</summary>
    private (string Query, string Document) ReadPrompts()
    {
        var prompts = Config("config_sentence_transformers.json")?.Section("prompts");
        return (Prompt("query", "search_query"), Prompt("document", "passage", "search_document"));

        string Prompt(params string[] names)
        {
            var text = names.Select(name => prompts?.Text(name)).FirstOrDefault(text => text is not null) ?? "";
            return text.Length <= 500 ? text : throw prompts!.Error(names[0], "must have at most 500 characters");
        }
    }

    /// <summary>Refuses modules that would change the vector: this runs a transformer, pools and makes the length 1.</summary>
    private void CheckModules()
    {
        var path = Path.Combine(_folder, "modules.json");
        if (!File.Exists(path)) return;
        try
        {
            using var modules = JsonDocument.Parse(File.ReadAllBytes(path));
            foreach (var module in modules.RootElement.EnumerateArray())
            {
                var type = module.GetProperty("type").GetString() ?? "";
                if (!Modules.Contains(type[(type.LastIndexOf('.') + 1)..])) throw new CheckpointException($"modules.json: type names '{type}'; only {string.Join(", ", Modules)} are supported.");
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new CheckpointException("modules.json is not a list of objects with a type.", e);
        }
    }

    private ConfigReader? Config(string name) => Config(_folder, name);
}
