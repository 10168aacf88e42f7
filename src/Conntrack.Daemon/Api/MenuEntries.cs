using Conntrack.Control;
using Conntrack.Control.Router;
using Conntrack.Control.Settings;
using Conntrack.RouterOs.Menus;
using Conntrack.RouterOs.Settings;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Conntrack.Daemon.Api;

/// <summary>
/// The entries of a menu as messages whose fields are its properties. Whatever is changed is a command of that menu, checked by its words.
/// </summary>
/// <param name="router">Carries the commands out.</param>
/// <param name="menu">Whose entries they are.</param>
/// <param name="entries">Where a configuration has them.</param>
/// <param name="show">Adds what the router knows beside the settings.</param>
/// <param name="dynamic">Messages of what the router made itself.</param>
sealed class MenuEntries<TEntry, TMessage>(
    RunningRouter router,
    ListMenu<TEntry> menu,
    Func<RouterConfiguration, EntryList<TEntry>> entries,
    Action<TMessage, TEntry>? show = null,
    Func<IEnumerable<TMessage>>? dynamic = null)
    where TEntry : ConfigurationEntry
    where TMessage : class, IMessage, new()
{
    const string Everything = "*";

    /// <summary>In the menu's order, what the router made itself behind.</summary>
    public IEnumerable<TMessage> List() => entries(router.Configuration.Current).Select(Message).Concat(dynamic?.Invoke() ?? []);

    /// <exception cref="KeyNotFoundException">Nothing has the id.</exception>
    public TMessage Get(string id) => Message(Find(router.Configuration.Current, IdOf(id)));

    /// <exception cref="ConfigurationRefusedException">The menu finds fault with it.</exception>
    public TMessage Create(TMessage? given)
    {
        TMessage message = given ?? throw Refusal.Of(NameOf(new TMessage()), "nothing is given");
        MenuCommand command = Command("add");
        foreach (string property in Properties.Where(property => PropertyFields.Get(message, property) is not null))
        {
            command.Add(property, PropertyFields.Get(message, property)!);
        }

        // Ids count up: the last one given is this entry's.
        EntryList<TEntry> list = entries(router.Configuration.Change(command));
        return Message(list.Find(list.NextId - 1)!);
    }

    /// <exception cref="KeyNotFoundException">Nothing has the id.</exception>
    /// <exception cref="ConfigurationRefusedException">The menu finds fault with it.</exception>
    public TMessage Update(TMessage? given, FieldMask? mask)
    {
        TMessage message = given ?? throw Refusal.Of(NameOf(new TMessage()), "nothing is given");
        ulong id = IdOf((string)message.Descriptor.FindFieldByName("id").Accessor.GetValue(message));
        TEntry entry = Find(router.Configuration.Current, id);
        MenuCommand command = Command("set").Word(InternalId.Format(id));
        foreach (string property in Wanted(message, mask))
        {
            if (PropertyFields.Get(message, property) is { } value)
            {
                command.Add(property, value);
            }
            else if (menu.Properties.Find(property)!.TryUnset(entry, out _))
            {
                command.Unset(property);
            }
            else if (mask is not { Paths: [Everything] })
            {
                throw Refusal.Of(PropertyFields.FieldOf(property), $"{property} always has a value");
            }
        }

        return Message(Find(command.IsEmpty ? router.Configuration.Current : router.Configuration.Change(command), id));
    }

    /// <exception cref="KeyNotFoundException">Nothing has the id.</exception>
    /// <exception cref="ConfigurationRefusedException">Something else needs it.</exception>
    public void Delete(string id)
    {
        Find(router.Configuration.Current, IdOf(id));
        router.Configuration.Change(Command("remove").Word(id));
    }

    public TMessage Message(TEntry entry)
    {
        var message = new TMessage();
        PropertyFields.Set(message, "id", entry.Id == 0 ? "" : InternalId.Format(entry.Id));
        foreach (MenuProperty<TEntry> property in menu.Properties.Properties)
        {
            if (property.Text(entry) is { } text)
            {
                PropertyFields.Set(message, property.Name, text);
            }
        }

        show?.Invoke(message, entry);
        return message;
    }

    IEnumerable<string> Properties => menu.Properties.Properties.Select(property => property.Name);

    IEnumerable<string> Wanted(TMessage given, FieldMask? mask)
    {
        if (mask is not { Paths.Count: > 0 })
        {
            return Properties.Where(property => PropertyFields.Get(given, property) is not null);
        }

        if (mask.Paths is [Everything])
        {
            return Properties;
        }

        PropertyProblem[] problems =
        [
            .. mask.Paths.Where(path => !Properties.Contains(PropertyFields.PropertyOf(path)))
                .Select(path => new PropertyProblem("update_mask", $"'{path}' is no field that can be set")),
        ];
        return problems.Length == 0 ? Properties.Where(property => mask.Paths.Contains(PropertyFields.FieldOf(property))) : throw Refusal.Of(problems);
    }

    MenuCommand Command(string command) => new($"/{menu.Path.Replace('/', ' ')}", command);

    TEntry Find(RouterConfiguration configuration, ulong id) =>
        entries(configuration).Find(id) ?? throw new KeyNotFoundException($"/{menu.Path.Replace('/', ' ')} has no {InternalId.Format(id)}");

    static ulong IdOf(string text) => InternalId.TryParse(text, out ulong id) ? id : throw Refusal.Of("id", $"'{text}' is no id; one is written *1a");

    static string NameOf(TMessage message) => message.Descriptor.Name.ToLowerInvariant();
}
