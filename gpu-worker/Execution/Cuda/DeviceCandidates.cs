using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Graphs;

namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>
/// The likeliest tokens of each row, which the graph picks out of the logits where these are: what most rows are sampled from, a hundredth of their bytes, and what the next step may be fed with.
/// </summary>
internal sealed class DeviceCandidates : IDisposable
{
    private readonly DeviceTensor<float> _logits;
    private readonly DeviceTensor<float>? _totals;
    private readonly DeviceTensor<long> _tokens;
    private readonly int _maxRows;

    /// <param name="maxRows">Most rows of a step.</param>
    /// <param name="count">Candidates of a row.</param>
    /// <param name="isRead">False on ranks that only feed themselves with them.</param>
    public DeviceCandidates(ICudaDevice device, int maxRows, int count, bool isRead)
    {
        (Count, _maxRows) = (count, maxRows);
        _logits = new DeviceTensor<float>(device, CudaLlamaNodes.CandidateLogits, TensorElementType.Float, maxRows, count, isRead);
        _tokens = new DeviceTensor<long>(device, CudaLlamaNodes.CandidateTokens, TensorElementType.Int64, maxRows, count, isRead);
        _totals = isRead ? new DeviceTensor<float>(device, CudaLlamaNodes.CandidateTotals, TensorElementType.Float, maxRows, columns: 0) : null;
    }

    public int Count { get; }

    public IReadOnlyList<IDeviceTensor> Outputs => _totals is null ? [_logits, _tokens] : [_logits, _tokens, _totals];

    /// <summary>The tokens of the step before, in all rows' place: a step reads them at its beginning and writes its own at its end.</summary>
    public OrtValue Previous => _tokens.Value(_maxRows);

    /// <summary>Asks for a copy of so many rows to the host.</summary>
    public void Download(int rows)
    {
        _logits.Download(0, rows);
        _tokens.Download(0, rows);
        _totals!.Download(0, rows);
    }

    /// <summary>What was copied.</summary>
    /// <param name="logits">[rows, vocabulary], of the rows that were asked for whole.</param>
    public StepRows Rows(int rows, ReadOnlySpan<float> logits) => new()
    {
        Logits = logits,
        Candidates = Count,
        CandidateLogits = _logits.Rows(rows),
        CandidateTokens = _tokens.Rows(rows),
        Totals = _totals!.Rows(rows),
    };

    public void Dispose()
    {
        _logits.Dispose();
        _tokens.Dispose();
        _totals?.Dispose();
    }
}
