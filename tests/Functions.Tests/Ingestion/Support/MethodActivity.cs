using System.Reflection;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Serverless.Functions.Tests.Ingestion.Support;

/// <summary>An activity function, called as the worker would call it.</summary>
/// <param name="client">For those that start orchestrations: it is there when the host has been started.</param>
internal sealed class MethodActivity(object target, MethodInfo method, Func<DurableTaskClient> client) : ITaskActivity
{
    public Type InputType => method.GetParameters()[0].ParameterType;

    public Type OutputType => method.ReturnType.GetGenericArguments()[0];

    public async Task<object?> RunAsync(TaskActivityContext context, object? input)
    {
        var task = (Task)method.Invoke(
            target, [input, .. method.GetParameters().Skip(1).Select(parameter => parameter.ParameterType == typeof(DurableTaskClient) ? (object)client() : CancellationToken.None)])!;
        await task;
        return task.GetType().GetProperty("Result")!.GetValue(task);
    }
}
