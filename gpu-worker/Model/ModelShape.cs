namespace Serverless.GpuWorker.Model;

/// <summary>The shapes that are known by name, for what needs no checkpoint or makes one.</summary>
internal static class ModelShape
{
    private const int Vocabulary = 32_000;

    public const string Names = "tiny, 1b, 7b, 13b or 70b";

    /// <summary>The shape of that name; null where there is none. 1b is TinyLlama's, the larger ones are Llama 2's.</summary>
    public static LlamaConfig? Find(string name, int contextLength) => name switch
    {
        "tiny" => Create(layers: 4, hidden: 256, intermediate: 704, heads: 4, kvHeads: 2, contextLength),
        "1b" => Create(layers: 22, hidden: 2048, intermediate: 5632, heads: 32, kvHeads: 4, contextLength),
        "7b" => Create(layers: 32, hidden: 4096, intermediate: 11_008, heads: 32, kvHeads: 32, contextLength),
        "13b" => Create(layers: 40, hidden: 5120, intermediate: 13_824, heads: 40, kvHeads: 40, contextLength),
        "70b" => Create(layers: 80, hidden: 8192, intermediate: 28_672, heads: 64, kvHeads: 8, contextLength),
        _ => null,
    };

    private static LlamaConfig Create(int layers, int hidden, int intermediate, int heads, int kvHeads, int contextLength) => new()
    {
        VocabularySize = Vocabulary,
        HiddenSize = hidden,
        IntermediateSize = intermediate,
        Layers = layers,
        Heads = heads,
        KvHeads = kvHeads,
        HeadSize = hidden / heads,
        ContextLength = contextLength,
        // An answer that ends by itself would end a measurement.
        EosTokens = [],
    };
}
