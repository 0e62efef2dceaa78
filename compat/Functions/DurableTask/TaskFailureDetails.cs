namespace Microsoft.DurableTask;

public record TaskFailureDetails(
    string ErrorType,
    string ErrorMessage,
    string? StackTrace,
    TaskFailureDetails? InnerFailure,
    IDictionary<string, object?>? Properties)
{
    /// <summary>Whether the failure was a <typeparamref name="T"/> or a type derived from it, as far as the type can be loaded.</summary>
    public bool IsCausedBy<T>()
        where T : Exception => Type.GetType(ErrorType, throwOnError: false) is { } type
            ? typeof(T).IsAssignableFrom(type)
            : string.Equals(ErrorType, typeof(T).FullName, StringComparison.Ordinal) || typeof(T) == typeof(Exception);

    public override string ToString() => $"{ErrorType}: {ErrorMessage}";
}
