using System.Reflection;

namespace Serverless.Local.Hosting.Invocation;

/// <summary>Turns whatever a function's method returns into the value it stands for.</summary>
internal static class ReturnValue
{
    private static readonly MethodInfo OfTask = Method(nameof(AwaitTaskOf));
    private static readonly MethodInfo OfValueTask = Method(nameof(AwaitValueTaskOf));

    /// <summary>Awaits Task, Task{T}, ValueTask and ValueTask{T}; anything else is the value itself. Without a result the value is null.</summary>
    public static Func<object?, ValueTask<object?>> AwaiterFor(Type type)
    {
        if (type == typeof(Task)) return AwaitTask;
        if (type == typeof(ValueTask)) return AwaitValueTask;
        if (!type.IsGenericType) return static value => new ValueTask<object?>(value);
        var definition = type.GetGenericTypeDefinition();
        var method = definition == typeof(Task<>) ? OfTask : definition == typeof(ValueTask<>) ? OfValueTask : null;
        return method is null
            ? static value => new ValueTask<object?>(value)
            : method.MakeGenericMethod(type.GetGenericArguments()).CreateDelegate<Func<object?, ValueTask<object?>>>();
    }

    private static MethodInfo Method(string name) => typeof(ReturnValue).GetMethod(name, BindingFlags.NonPublic | BindingFlags.Static)!;

    private static async ValueTask<object?> AwaitTask(object? task)
    {
        await Present<Task>(task);
        return null;
    }

    private static async ValueTask<object?> AwaitValueTask(object? task)
    {
        await Present<ValueTask>(task);
        return null;
    }

    private static async ValueTask<object?> AwaitTaskOf<T>(object? task) => await Present<Task<T>>(task);

    private static async ValueTask<object?> AwaitValueTaskOf<T>(object? task) => await Present<ValueTask<T>>(task);

    private static T Present<T>(object? task) => task is T present ? present : throw new InvalidOperationException("The function returned null in place of a task.");
}
