namespace Serverless.GpuWorker.Execution.Operators;

/// <summary><c>serverless.AllReduce</c>: y[T, N] = the sum of every rank's x[T, N], element by element in the order of ranks.</summary>
internal sealed unsafe class AllReduceKernel(ICollective collective) : OperatorKernel
{
    public override void Compute(OperatorContext context)
    {
        var x = context.Input(0);
        int rows = x.Dimension(0), columns = x.Dimension(1), count = checked(rows * columns);
        collective.AllReduce(new ReadOnlySpan<float>(x.Floats, count), new Span<float>(context.Output(rows, columns), count));
    }
}
