namespace Serverless.Functions.Hosting;

/// <summary>What was found of a configuration's document: nothing, a whole one, or a damaged one.</summary>
/// <param name="Entry">The document, where it is whole.</param>
/// <param name="IsDamaged">Whether there is one that holds no JSON of its kind.</param>
public readonly record struct ConfigReading<T>(ConfigEntry<T>? Entry, bool IsDamaged)
    where T : class;
