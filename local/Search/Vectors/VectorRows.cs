using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Serverless.Local.Search.Schema;

namespace Serverless.Local.Search.Vectors;

/// <summary>
/// The vectors of one field, for exact nearest neighbours by a flat scan, which beats a graph at this machine's sizes and never misses. Its owner
/// holds one lock; a scan uses all cores.
/// </summary>
internal sealed class VectorRows(IndexField field)
{
    /// <summary>Rows that one core scans before it takes the next ones.</summary>
    private const int RowsAtOnce = 4096;

    private readonly List<Row> _rows = [];
    private readonly Dictionary<int, int> _places = [];

    /// <summary>Adds or replaces the vector of a slot; null removes it. The array is kept, not copied.</summary>
    public void Put(int slot, float[]? vector)
    {
        Remove(slot);
        if (vector is null)
            return;
        var norm = TensorPrimitives.Norm<float>(vector);
        _places[slot] = _rows.Count;
        _rows.Add(new Row(vector, norm == 0 ? 0 : 1 / norm, slot));
    }

    public void Remove(int slot)
    {
        if (!_places.Remove(slot, out var place))
            return;
        var last = _rows[^1];
        _rows.RemoveAt(_rows.Count - 1);
        if (last.Slot == slot)
            return;
        _rows[place] = last;
        _places[last.Slot] = place;
    }

    /// <summary>The <paramref name="k"/> best, best first, ties by slot.</summary>
    /// <param name="query">As long as the field's vectors.</param>
    /// <param name="k">How many at most.</param>
    /// <param name="accepts">The filter, by slot; null for none.</param>
    public List<(int Slot, double Score)> Find(float[] query, int k, Func<int, bool>? accepts)
    {
        if (k <= 0)
            return [];
        var norm = TensorPrimitives.Norm<float>(query);
        var inverseNorm = norm == 0 ? 0 : 1 / norm;
        var best = new Best(k);
        Parallel.For(
            0,
            (_rows.Count + RowsAtOnce - 1) / RowsAtOnce,
            () => new Best(k),
            (part, _, mine) =>
            {
                foreach (ref readonly var row in CollectionsMarshal.AsSpan(_rows)[(part * RowsAtOnce)..Math.Min((part + 1) * RowsAtOnce, _rows.Count)])
                {
                    // The filter costs more than the score: few rows come so far.
                    var score = Score(query, inverseNorm, row);
                    if (mine.Wants(score) && (accepts is null || accepts(row.Slot)))
                        mine.Offer(row.Slot, score);
                }

                return mine;
            },
            mine =>
            {
                lock (best) best.Merge(mine);
            });
        return best.Ordered();
    }

    /// <summary>
    /// AI Search's score: 1 / (1 + distance), with 1 - cos as the cosine distance (so cos = 2 - 1/score), the dot product itself for dotProduct.
    /// A zero vector has a cosine of 0 with everything.
    /// </summary>
    private double Score(float[] query, float inverseNorm, in Row row) => field.Metric switch
    {
        VectorMetric.Cosine => 1 / (2 - Math.Clamp((double)TensorPrimitives.Dot<float>(query, row.Vector) * inverseNorm * row.InverseNorm, -1, 1)),
        VectorMetric.DotProduct => TensorPrimitives.Dot<float>(query, row.Vector),
        _ => 1 / (1.0 + TensorPrimitives.Distance<float>(query, row.Vector)),
    };

    private readonly record struct Row(float[] Vector, float InverseNorm, int Slot);

    /// <summary>The best so far, the worst of them on top, to be pushed out.</summary>
    private sealed class Best(int k)
    {
        private readonly PriorityQueue<int, (double Score, int Slot)> _queue = new(Comparer<(double Score, int Slot)>.Create(
            (a, b) => a.Score != b.Score ? a.Score.CompareTo(b.Score) : b.Slot.CompareTo(a.Slot)));

        private double _worst = double.NegativeInfinity;

        /// <summary>Whether a score is good enough for the list as it is; ties are decided by slot.</summary>
        public bool Wants(double score) => score >= _worst;

        public void Offer(int slot, double score)
        {
            if (_queue.Count < k)
                _queue.Enqueue(slot, (score, slot));
            else if (score >= _worst)
                _queue.EnqueueDequeue(slot, (score, slot));
            else
                return;
            if (_queue.Count == k && _queue.TryPeek(out _, out var worst))
                _worst = worst.Score;
        }

        public void Merge(Best other)
        {
            foreach (var (slot, priority) in other._queue.UnorderedItems) Offer(slot, priority.Score);
        }

        public List<(int Slot, double Score)> Ordered()
        {
            var found = new List<(int, double)>(_queue.Count);
            while (_queue.TryDequeue(out var slot, out var priority)) found.Add((slot, priority.Score));
            found.Reverse();
            return found;
        }
    }
}
