namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>ncclResult_t (nccl.h), as far as we tell its values apart; any other is an error.</summary>
internal enum NcclResult
{
    Success = 0,
    InProgress = 7,
}
