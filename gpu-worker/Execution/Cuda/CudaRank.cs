using Serverless.GpuWorker.Model;

namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>
/// One rank of a Llama, in a process of its own. Its parent starts the process, tells it its <see cref="RankAssignment"/>, and gives all ranks
/// the same steps in the same order; rank 0's logits are the model's. When a rank's process ends, the parent has the others
/// <see cref="Abort"/>: they would find out by themselves only after the timeout.
/// </summary>
internal sealed class CudaRank : IStepModel
{
    private readonly NcclGroup _group;
    private readonly CudaLlamaSession _session;

    /// <param name="group">Becomes the rank's own.</param>
    /// <param name="weights">Needed until the session has been created.</param>
    /// <param name="device">Becomes the rank's own.</param>
    /// <param name="addOperators">Registers AllReduce.</param>
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

    public int VocabularySize => _session.VocabularySize;

    public int ContextLength => _session.ContextLength;

    public int BlockSize => _session.BlockSize;

    public int TableWidth => _session.TableWidth;

    /// <summary>Joins the group and loads the rank's part. lm_head is rank 0's alone: logits are not gathered over NCCL.</summary>
    /// <exception cref="CudaUnavailableException">CUDA or NCCL is missing.</exception>
    /// <exception cref="CheckpointException">The folder does not hold a Llama that can be run by so many ranks.</exception>
    /// <exception cref="RankGroupFailedException">The other ranks did not come in time.</exception>
    public static CudaRank Start(string checkpointFolder, CudaLlamaOptions options, RankAssignment assignment, TimeProvider time)
    {
        CudaProbe.Require(CudaLibraries.Missing());
        var nccl = NcclLibrary.Load();
        var shard = new LlamaShard(LlamaConfig.Read(checkpointFolder), assignment.Rank, assignment.Ranks, isVocabularySharded: false);
        using var checkpoint = CudaLlamaLoader.Open(checkpointFolder, shard.Whole, options.Format);
        using var weights = CudaWeights.Load(checkpoint, shard, options.Format);
        var device = new CudaDevice(assignment.Device, options.UseGraphs);
        NcclGroup group;
        try
        {
            group = new NcclGroup(nccl, assignment, time);
        }
        catch
        {
            device.Dispose();
            throw;
        }
        return new CudaRank(options, shard, weights, device, group, o => CudaOperators.Register(o, options.Format.ActivationType));
    }

    /// <inheritdoc/>
    public ReadOnlySpan<float> Run(scoped StepInputs step)
    {
        _group.BeginStep();
        ReadOnlySpan<float> logits;
        try
        {
            logits = _session.Run(step);
        }
        catch (Exception e)
        {
            // The other ranks are in sums that this one does not come to.
            _group.Abort($"Rank {_group.Rank} failed.");
            throw new RankGroupFailedException($"The group of {_group.Ranks} ranks is aborted: {_group.Aborted}", e);
        }
        _group.EndStep();
        return logits;
    }

    /// <summary>Ends the group on this rank, from any thread; a step that is under way fails.</summary>
    public void Abort(string reason) => _group.Abort(reason);

    public void Dispose()
    {
        _group.Dispose();
        _session.Dispose();
    }
}
