using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Model.Graphs;

/// <summary>
/// A Llama on CUDA: float16 or bfloat16 activations, ONNX Runtime's own operators, weights as constants that its kernels pack for themselves.
/// q, k and v are one product. Schemas: onnxruntime, docs/ContribOperators.md and core/graph/contrib_ops/bert_defs.cc, version 1.29.
/// </summary>
/// <param name="collective">The attribute by which AllReduce and AllGather find their group; null for a whole model.</param>
/// <param name="attentionDomain">Where PagedAttention comes from: ONNX Runtime's has no CPU kernel, so tests bring one of another domain.</param>
internal sealed class CudaLlamaNodes(
    OnnxGraph graph, LlamaShard shard, CudaWeights weights, CudaFormat format, int? collective = null, string attentionDomain = OnnxDomain.Microsoft) : LlamaNodes
{
    /// <summary>[2] in the host's memory: bounds on the tokens of one sequence in this step and in all.</summary>
    public const string AttentionMetadata = "attention_metadata";

    /// <summary>[rows], float32: by row the inverse of the temperature that its total is of.</summary>
    public const string InverseTemperatures = "inverse_temperatures";

    /// <summary>[rows, candidates], float32: the highest logits of each row, falling.</summary>
    public const string CandidateLogits = "candidate_logits";

    /// <summary>[rows, candidates], int64: their tokens.</summary>
    public const string CandidateTokens = "candidate_tokens";

    /// <summary>[rows], float32: the sum of exp((logit - highest) / temperature) over the vocabulary.</summary>
    public const string CandidateTotals = "candidate_totals";

    /// <summary>[most rows, candidates], int64: what <see cref="CandidateTokens"/> was in the step before, in the same memory.</summary>
    public const string PreviousTokens = "previous_tokens";

    /// <summary>Enough for top_k up to 127 and for nearly every nucleus; the kernel takes as long for any number up to 512 (onnxruntime, core/providers/cuda/math/topk_impl.cuh).</summary>
    private const int MostCandidates = 128;

    /// <summary>Candidates of each row of a model.</summary>
    public static int CandidatesOf(LlamaShard shard) => Math.Min(MostCandidates, shard.Whole.VocabularySize);

    public override TensorElementType ActivationType => format.ActivationType;

    public override void Declare()
    {
        graph.Input(AttentionMetadata, TensorElementType.Int32, 2);
        for (int layer = 0; layer < shard.Config.Layers; layer++)
        {
            graph.Input(LlamaGraph.KeyCache(layer), format.CacheType, "blocks", "block_size", shard.Config.KvHeads, shard.Config.HeadSize);
            graph.Input(LlamaGraph.ValueCache(layer), format.CacheType, "blocks", "block_size", shard.Config.KvHeads, shard.Config.HeadSize);
        }
        foreach (var weight in weights.Tensors)
            graph.Initializer(weight.Name, weight.Type, weight.Shape);
    }

    /// <summary>Whether every rank knows each row's likeliest token, and so the next step's, without being told.</summary>
    public static bool FeedsItself(LlamaShard shard) => shard.Ranks == 1 || shard.IsVocabularySharded;

    public override string Embed(string ids) => graph.Node(OnnxDomain.Standard, "Gather", [LlamaWeights.Embedding, FeedsItself(shard) ? Fed(ids) : ids]);

    /// <summary>The tokens of ids, of which ~r stands for the likeliest token of row r of the step before.</summary>
    private string Fed(string ids)
    {
        graph.Input(PreviousTokens, TensorElementType.Int64, "previous_rows", CandidatesOf(shard));
        string likeliest = graph.Node(OnnxDomain.Standard, "Slice", [PreviousTokens, graph.Constant(0), graph.Constant(1), graph.Constant(1)]);
        likeliest = Int32(graph.Node(OnnxDomain.Standard, "Reshape", [likeliest, graph.Constant(-1)]));
        string zero = Int32(graph.Constant(0));
        string row = graph.Node(OnnxDomain.Standard, "Max", [graph.Node(OnnxDomain.Standard, "Sub", [Int32(graph.Constant(-1)), ids]), zero]);
        return graph.Node(
            OnnxDomain.Standard, "Where", [graph.Node(OnnxDomain.Standard, "Less", [ids, zero]), graph.Node(OnnxDomain.Standard, "Gather", [likeliest, row]), ids]);
    }

    private string Int32(string values) => graph.Node(OnnxDomain.Standard, "Cast", [values], ("to", (int)TensorElementType.Int32));

    public override string AddAndNorm(ref string hidden, string? residual, string weight)
    {
        float epsilon = shard.Config.NormEpsilon;
        if (residual is null)
            return graph.Node(OnnxDomain.Standard, "SimplifiedLayerNormalization", [hidden, weight], ("axis", -1), ("epsilon", epsilon), ("stash_type", 1));

        string normed = graph.NewName("Norm"), sum = graph.NewName("Sum");
        graph.Node(OnnxDomain.Microsoft, "SkipSimplifiedLayerNormalization", [hidden, residual, weight], [normed, "", "", sum], ("epsilon", epsilon));
        hidden = sum;
        return normed;
    }

    public override string Attend(ref string hidden, string? residual, int layer)
    {
        var config = shard.Config;
        string normed = AddAndNorm(ref hidden, residual, LlamaWeights.AttentionNorm(layer));
        string quantization = format.IsCacheQuantized ? "PER_CHANNEL" : "NONE";
        return graph.Node(
            attentionDomain,
            "PagedAttention",
            [
                Linear(normed, CudaWeightNames.Projections(layer)), "", "",
                Cache(LlamaGraph.KeyCache(layer)), Cache(LlamaGraph.ValueCache(layer)), LlamaGraph.CumulativeLengths, LlamaGraph.PastLengths, LlamaGraph.BlockTable,
                LlamaWeights.Cos, LlamaWeights.Sin, LlamaGraph.SlotMapping, "", "", "",
                format.IsCacheQuantized ? CudaWeightNames.CacheScale(layer, 'k') : "", format.IsCacheQuantized ? CudaWeightNames.CacheScale(layer, 'v') : "",
                AttentionMetadata,
            ],
            ("num_heads", config.Heads),
            ("kv_num_heads", config.KvHeads),
            ("scale", (float)(1 / Math.Sqrt(config.HeadSize))),
            ("do_rotary", 1),
            ("k_quant_type", quantization),
            ("v_quant_type", quantization));
    }

    public override string FeedForward(ref string hidden, string? residual, int layer)
    {
        string normed = AddAndNorm(ref hidden, residual, LlamaWeights.MlpNorm(layer));
        // QuickGelu(x) = x * sigmoid(alpha x): silu at alpha 1.
        string gate = graph.Node(OnnxDomain.Microsoft, "QuickGelu", [Linear(normed, LlamaWeights.Mlp(layer, "gate"))], ("alpha", 1f));
        string gated = graph.Node(OnnxDomain.Standard, "Mul", [gate, Linear(normed, LlamaWeights.Mlp(layer, "up"))]);
        return Linear(gated, LlamaWeights.Mlp(layer, "down"));
    }

    public override string Linear(string input, string weight)
    {
        // The embedding table, where it is lm_head too, is never quantised.
        if (format.Bits == 0 || weight == LlamaWeights.Embedding)
            return graph.Node(OnnxDomain.Standard, "Gemm", [input, weight], ("transB", 1));

        var levels = weights[CudaWeightNames.Levels(weight)];
        return graph.Node(
            OnnxDomain.Microsoft,
            "MatMulNBits",
            [input, levels.Name, CudaWeightNames.Scales(weight)],
            ("K", checked((int)levels.Shape[1] * BlockQuantizer.BlockSize)),
            ("N", checked((int)levels.Shape[0])),
            ("bits", format.Bits),
            ("block_size", BlockQuantizer.BlockSize));
    }

    private string Cache(string input) => format.Cache == KvCacheFormat.Float8 ? graph.Node(OnnxDomain.Caches, "Float8View", [input]) : input;

    public override string AllReduce(string partial) =>
        collective is { } group ? graph.Node(OnnxDomain.Serverless, "AllReduce", [partial], ("collective", group)) : partial;

    public override int Logits(string normed, string weight)
    {
        string logits = Linear(normed, weight);
        if (shard.IsVocabularySharded && collective is { } group)
            logits = SideBySide(graph.Node(OnnxDomain.Serverless, "AllGather", [logits], ("collective", group)));

        graph.Node(OnnxDomain.Standard, "Cast", [logits], [LlamaGraph.Logits], ("to", (int)TensorElementType.Float));
        if (shard.Rank == 0 || FeedsItself(shard))
        {
            int count = CandidatesOf(shard);
            FindHighest(count, CandidateGroups.Of(shard.Whole.VocabularySize, count));
            graph.Output(CandidateLogits, TensorElementType.Float, "rows", count);
            graph.Output(CandidateTokens, TensorElementType.Int64, "rows", count);
        }
        // Only rank 0's rows are read.
        if (shard.Rank == 0)
            AddUpTotals();

        return shard.Whole.VocabularySize;
    }

    /// <summary>The sum that the likeliest tokens' shares of the probability are of. Where the highest logit is no finite number it is none.</summary>
    private void AddUpTotals()
    {
        graph.Input(InverseTemperatures, TensorElementType.Float, "rows");
        string best = graph.Node(OnnxDomain.Standard, "Slice", [CandidateLogits, graph.Constant(0), graph.Constant(1), graph.Constant(1)]);
        string inverse = graph.Node(OnnxDomain.Standard, "Reshape", [InverseTemperatures, graph.Constant(-1, 1)]);
        string scaled = graph.Node(OnnxDomain.Standard, "Mul", [graph.Node(OnnxDomain.Standard, "Sub", [LlamaGraph.Logits, best]), inverse]);
        graph.Node(OnnxDomain.Standard, "ReduceSum", [graph.Node(OnnxDomain.Standard, "Exp", [scaled]), graph.Constant(1)], [CandidateTotals], ("keepdims", 0));
        graph.Output(CandidateTotals, TensorElementType.Float, "rows");
    }

    /// <summary>The likeliest tokens of each row, and their logits.</summary>
    private void FindHighest(int count, int groups)
    {
        if (groups == 1)
        {
            TopK(LlamaGraph.Logits, count, CandidateLogits, CandidateTokens);
            return;
        }
        string parts = graph.Node(OnnxDomain.Standard, "Reshape", [LlamaGraph.Logits, graph.Constant(-1, shard.Whole.VocabularySize / groups)]);
        var (highest, places) = TopK(parts, count, graph.NewName("Highest"), graph.NewName("Places"));
        string firsts = graph.Constant([.. Enumerable.Range(0, groups).Select(group => group * (shard.Whole.VocabularySize / groups))]);
        string tokens = graph.Node(
            OnnxDomain.Standard, "Add", [graph.Node(OnnxDomain.Standard, "Reshape", [places, graph.Constant(-1, groups, count)]), graph.Node(OnnxDomain.Standard, "Reshape", [firsts, graph.Constant(groups, 1)])]);
        string finalists = graph.Node(OnnxDomain.Standard, "Reshape", [tokens, graph.Constant(-1, groups * count)]);
        (_, string chosen) = TopK(graph.Node(OnnxDomain.Standard, "Reshape", [highest, graph.Constant(-1, groups * count)]), count, CandidateLogits, graph.NewName("Chosen"));
        // What a kernel makes of rows with NaN is not known, and no index may lead out of the row.
        chosen = graph.Node(OnnxDomain.Standard, "Clip", [chosen, graph.Scalar(0), graph.Scalar((groups * count) - 1)]);
        graph.Node(OnnxDomain.Standard, "GatherElements", [finalists, chosen], [CandidateTokens], ("axis", 1));
    }

    private (string Values, string Places) TopK(string rows, int count, string values, string places)
    {
        graph.Node(OnnxDomain.Standard, "TopK", [rows, graph.Constant(count)], [values, places], ("axis", -1), ("largest", 1), ("sorted", 1));
        return (values, places);
    }

    /// <summary>[ranks, R, part] to [R, vocabulary]: before the cast, which doubles the bytes, and in the graph, so that the host copies rows as they are read.</summary>
    private string SideBySide(string parts)
    {
        int part = shard.VocabularyRows.Rows, gathered = part * shard.Ranks, others = gathered - part;
        string rows = graph.Node(OnnxDomain.Standard, "Transpose", [parts], ("perm", (int[])[1, 0, 2]));
        rows = graph.Node(OnnxDomain.Standard, "Reshape", [rows, graph.Constant(-1, gathered)]);
        // What the last rank has of the one before is there already.
        return gathered == shard.Whole.VocabularySize
            ? rows
            : graph.Node(OnnxDomain.Standard, "Concat", [Columns(rows, 0, others), Columns(rows, gathered - (shard.Whole.VocabularySize - others), gathered)], ("axis", 1));
    }

    private string Columns(string rows, int start, int end) =>
        graph.Node(OnnxDomain.Standard, "Slice", [rows, graph.Constant(start), graph.Constant(end), graph.Constant(1)]);
}
