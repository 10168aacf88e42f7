using Conntrack.RouterOs.Language;

namespace Conntrack.RouterOs.Menus;

/// <summary>A property of a part of the model: what entries have in groups is described once, beside the group.</summary>
public sealed class PartMenuProperty<TModel, TPart>(
    MenuProperty<TPart> inner, Func<TModel, TPart> read, Func<TModel, TPart, TModel> write) : MenuProperty<TModel>(inner.Name)
{
    public override string Expected => inner.Expected;

    public override IReadOnlyList<string>? Words => inner.Words;

    public override ValueKind Kind => inner.Kind;

    public override bool IsSwitch => inner.IsSwitch;

    public override bool IsNegatable => inner.IsNegatable;

    public override bool TryAssign(TModel model, TextValue value, DiagnosticSink diagnostics, out TModel changed)
    {
        bool good = inner.TryAssign(read(model), value, diagnostics, out TPart part);
        changed = good ? write(model, part) : model;
        return good;
    }

    public override bool TryUnset(TModel model, out TModel changed)
    {
        bool good = inner.TryUnset(read(model), out TPart part);
        changed = good ? write(model, part) : model;
        return good;
    }

    public override string? Text(TModel model) => inner.Text(read(model));

    public override string? Argument(TModel model) => inner.Argument(read(model));
}
