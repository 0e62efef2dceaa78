using System.Reflection;
using Microsoft.DurableTask;

namespace Serverless.Functions.Tests.Ingestion.Support;

/// <summary>An activity function, called as the worker would call it.</summary>
internal sealed class MethodActivity(object target, MethodInfo method) : ITaskActivity
{
    public Type InputType => method.GetParameters()[0].ParameterType;

    public Type OutputType => method.ReturnType.GetGenericArguments()[0];

    public async Task<object?> RunAsync(TaskActivityContext context, object? input)
    {
        var task = (Task)method.Invoke(target, [input, CancellationToken.None])!;
        await task;
        return task.GetType().GetProperty("Result")!.GetValue(task);
    }
}
