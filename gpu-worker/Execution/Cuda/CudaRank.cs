using Serverless.GpuWorker.Execution.Cuda.Ranks;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Weights;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>
/// One rank of a Llama, in a process of its own. Rank 0's process starts the others', tells each its <see cref="RankAssignment"/>, and gives all
/// ranks the same steps in the same order; rank 0's logits are the model's. When a rank's process ends, rank 0's ends the others and has its own
/// rank <see cref="Abort"/>: it would find out by itself only after the timeout.
/// </summary>
internal sealed class CudaRank : IRank
{
    private readonly NcclGroup _group;
    private readonly CudaLlamaSession _session;

    /// <param name="group">Becomes the rank's own.</param>
    /// <param name="weights">Needed until the session has been created.</param>
    /// <param name="device">Becomes the rank's own.</param>
    /// <param name="addOperators">Registers AllReduce and AllGather.</param>
    public CudaRank(CudaLlamaOptions options, LlamaShard shard, CudaWeights weights, ICudaDevice device, NcclGroup group, Action<Microsoft.ML.OnnxRuntime.SessionOptions> addOperators)
    {
        _group = group;
        try
        {
            _session = CollectiveRegistry<NcclGroup>.With(group, number => new CudaLlamaSession(options, shard, weights, device, number, addOperators));
        }
        catch
        {
            group.Dispose();
            throw;
        }
    }

    /// <summary>Joins a group with the device at hand, and takes the rank's part to it.</summary>
    /// <param name="device">Becomes the rank's own, also where it is not made.</param>
    /// <param name="join">Takes until every rank has joined.</param>
    /// <exception cref="RankGroupFailedException">The others did not come in time.</exception>
    public static CudaRank Join(
        CudaLlamaOptions options, LlamaShard shard, CudaWeights weights, ICudaDevice device, Func<NcclGroup> join, Action<Microsoft.ML.OnnxRuntime.SessionOptions> addOperators)
    {
        NcclGroup group;
        try
        {
            group = join();
        }
        catch
        {
            device.Dispose();
            throw;
        }
        return new CudaRank(options, shard, weights, device, group, addOperators);
    }

    public int VocabularySize => _session.VocabularySize;

    public int ContextLength => _session.ContextLength;

    public int BlockSize => _session.BlockSize;

    public int TableWidth => _session.TableWidth;

    public int MaxRows => _session.MaxRows;

    public int Candidates => _session.Candidates;

    public DeviceMemory? Memory => _session.Memory;

    /// <inheritdoc/>
    public ReadOnlySpan<float> Run(scoped StepInputs step, Action? meanwhile = null) => RunRows(step with { InverseTemperatures = [] }, meanwhile).Logits;

    /// <inheritdoc/>
    public StepRows RunRows(scoped StepInputs step, Action? meanwhile = null)
    {
        Begin(step);
        return End(meanwhile);
    }

    /// <inheritdoc/>
    public bool CanRunAhead => _session.CanRunAhead;

    /// <inheritdoc/>
    public void Begin(scoped StepInputs step)
    {
        _group.BeginStep();
        try
        {
            _session.Begin(step);
        }
        catch (Exception e)
        {
            throw Failed(e);
        }
    }

    /// <inheritdoc/>
    public StepRows End(Action? meanwhile = null)
    {
        StepRows rows;
        try
        {
            rows = _session.End(meanwhile);
        }
        catch (Exception e)
        {
            throw Failed(e);
        }
        _group.EndStep();
        return rows;
    }

    /// <summary>The other ranks are in sums that this one does not come to.</summary>
    private RankGroupFailedException Failed(Exception cause)
    {
        _group.Abort($"Rank {_group.Rank} failed.");
        return new RankGroupFailedException($"The group of {_group.Ranks} ranks is aborted: {_group.Aborted}", cause);
    }

    /// <inheritdoc/>
    public ReadOnlySpan<float> ReadLogits(scoped ReadOnlySpan<int> rows) => _session.ReadLogits(rows);

    /// <inheritdoc/>
    public void Abort(string reason) => _group.Abort(reason);

    public void Dispose()
    {
        _group.Dispose();
        _session.Dispose();
    }
}
