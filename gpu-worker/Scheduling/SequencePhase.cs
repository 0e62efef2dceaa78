namespace Serverless.GpuWorker.Scheduling;

public enum SequencePhase
{
    Waiting,
    Running,
    Finished,
}
