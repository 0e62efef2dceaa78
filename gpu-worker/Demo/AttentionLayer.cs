using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;

namespace Serverless.GpuWorker.Demo;

/// <summary>
/// Sets the projections of one attention layer, in terms of the logits that they are to give. Every sum of terms of one head is
/// its logit; terms are stated for raw residual values, so the expected RMS of the residual is multiplied out.
/// </summary>
/// <param name="queryRms">Expected RMS of the residual where the layer's questions are asked.</param>
/// <param name="keyRms">Expected RMS of the residual where their answers stand.</param>
internal sealed class AttentionLayer(double queryRms, double keyRms)
{
    public const int Heads = 4;
    public const int KeyValueHeads = 2;
    public const int HeadSize = 128;
    public const int EarlyPair = DistanceKernel.Pairs;
    private const int HalfHead = HeadSize / 2;
    private static readonly double SqrtHeadSize = Math.Sqrt(HeadSize);

    private readonly WeightMatrix _q = new(Heads * HeadSize, Residual.Width);
    private readonly WeightMatrix _k = new(KeyValueHeads * HeadSize, Residual.Width);
    private readonly WeightMatrix _v = new(KeyValueHeads * HeadSize, Residual.Width);
    private readonly WeightMatrix _o = new(Residual.Width, Heads * HeadSize);
    private readonly int[] _slowUsed = new int[KeyValueHeads];
    private readonly int[] _valuesUsed = new int[KeyValueHeads];

    /// <summary>Adds scale x (query block . key block).</summary>
    public void Content(int head, int query, int key, int width, double scale)
    {
        for (var i = 0; i < width; i++) Term(head, query + i, key + i, scale);
    }

    public void Content(int head, int query, int key, ReadOnlySpan<int> coordinates, double scale)
    {
        foreach (var i in coordinates) Term(head, query + i, key + i, scale);
    }

    /// <summary>Adds (sum of query flags x values) x (sum of key flags x values).</summary>
    public void Flag(int head, (int Index, double Value)[] query, (int Index, double Value)[] key)
    {
        var row = NextSlow(head);
        var total = SqrtHeadSize * queryRms * keyRms;
        var largestQuery = query.Max(term => Math.Abs(term.Value));
        var largestKey = key.Max(term => Math.Abs(term.Value));
        // The larger half of the product is shared out in powers of two, so that neither matrix has huge entries.
        var keyScale = Math.Pow(2, Math.Round(Math.Log2(Math.Max(1, Math.Sqrt(total * largestQuery / largestKey)))));
        foreach (var (index, value) in key) _k[row.Key, index] = value * keyScale;
        foreach (var (index, value) in query) _q[row.Query, index] = value * total / keyScale;
    }

    /// <summary>Adds a logit of distance; heads that share keys must name the same <paramref name="keyScale"/>.</summary>
    public void Distance(int head, DistanceKernel kernel, double keyScale)
    {
        var key = head * KeyValueHeads / Heads * HeadSize;
        var query = head * HeadSize;
        var scale = SqrtHeadSize * queryRms * keyRms / keyScale;
        for (var i = 0; i < DistanceKernel.Pairs; i++)
        {
            _k[key + i, Residual.Const] = keyScale;
            _q[query + i, Residual.Const] = scale * kernel.C[i];
            _q[query + i + HalfHead, Residual.Const] = -scale * kernel.S[i];
        }
    }

    /// <summary>Adds height x sin(w d) with the slow pair 15: a preference for what comes early, all else being equal.</summary>
    public void PreferEarly(int head, double height)
    {
        const double keyScale = 8;
        _k[head * KeyValueHeads / Heads * HeadSize + EarlyPair, Residual.Const] = keyScale;
        _q[head * HeadSize + EarlyPair + HalfHead, Residual.Const] = -height * SqrtHeadSize * queryRms * keyRms / keyScale;
    }

    /// <summary>Lets a pair of heads carry a linear form of the residual; the number of the value, for <see cref="Output"/>.</summary>
    public int Value(int keyValueHead, params ReadOnlySpan<(int Index, double Value)> terms)
    {
        var number = _valuesUsed[keyValueHead]++;
        if (number >= HeadSize) throw new InvalidOperationException("A head has no values left.");
        foreach (var (index, value) in terms) _v[keyValueHead * HeadSize + number, index] = value;
        return number;
    }

    /// <summary>Carries a block of the residual; the number of its first value.</summary>
    public int Values(int keyValueHead, int block, int width)
    {
        var first = _valuesUsed[keyValueHead];
        for (var i = 0; i < width; i++) Value(keyValueHead, (block + i, 1));
        return first;
    }

    /// <summary>Adds factor x (attended mean of a value) to the residual.</summary>
    public void Output(int head, int value, int target, double factor = 1) => _o[target, head * HeadSize + value] = keyRms * factor;

    public void Outputs(int head, int firstValue, int target, int width, double factor = 1)
    {
        for (var i = 0; i < width; i++) Output(head, firstValue + i, target + i, factor);
    }

    /// <param name="keyValueHeads">A multiple of <see cref="KeyValueHeads"/>: each head is there so many times, for fewer query heads each.</param>
    public IEnumerable<TensorData> ToTensors(string prefix, TensorType type, int keyValueHeads)
    {
        var times = keyValueHeads / KeyValueHeads;
        yield return _q.ToTensor(prefix + "q_proj.weight", type);
        yield return _k.RepeatRows(HeadSize, times).ToTensor(prefix + "k_proj.weight", type);
        yield return _v.RepeatRows(HeadSize, times).ToTensor(prefix + "v_proj.weight", type);
        yield return _o.ToTensor(prefix + "o_proj.weight", type);
    }

    private void Term(int head, int query, int key, double scale)
    {
        var row = NextSlow(head);
        var root = Math.Sqrt(SqrtHeadSize * scale);
        _q[row.Query, query] = root * queryRms;
        _k[row.Key, key] = root * keyRms;
    }

    /// <summary>The next head dimension that hardly turns with position: 16, 80, 17, 81, ... up to 127.</summary>
    private (int Query, int Key) NextSlow(int head)
    {
        var keyValueHead = head * KeyValueHeads / Heads;
        var n = _slowUsed[keyValueHead]++;
        var dimension = EarlyPair + 1 + n / 2 + n % 2 * HalfHead;
        if (dimension >= HeadSize) throw new InvalidOperationException("A head has no dimensions left that do not turn with position.");
        return (head * HeadSize + dimension, keyValueHead * HeadSize + dimension);
    }
}
